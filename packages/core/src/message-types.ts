import type { Broadcasts, Requests, Sockets } from './worker.js'

/**
 * What TypeScript knows of names and payloads. While an application declares nothing, a name is a string and a payload
 * unknown; what it declares holds everywhere.
 */
type Undeclared<Map> = [keyof Map] extends [never] ? true : false

type Name<Map> = Undeclared<Map> extends true ? string : keyof Map & string

// biome-ignore lint/suspicious/noExplicitAny: of a function of any kind, as only `any` fits the parameters of all.
type Any = (...parameters: any) => unknown

/** Whom `call` can ask: a group, or `master`. */
export type Target = Name<Requests>

/** The groups that answer requests. */
type Groups = Exclude<keyof Requests, 'master'>

/** The requests that a target answers; of a target whose name is not known, those of all groups. */
export type RequestName<To extends string> =
  Undeclared<Requests> extends true
    ? string
    : string extends To
      ? NameIn<Groups>
      : To extends keyof Requests
        ? keyof Requests[To] & string
        : never

type NameIn<To extends keyof Requests> = To extends unknown ? keyof Requests[To] & string : never

/** The signature under which a target declares a request. */
type Signature<To extends string, Request extends string> = string extends To
  ? SignatureIn<Groups, Request>
  : To extends keyof Requests
    ? SignatureIn<To, Request>
    : never

type SignatureIn<To extends keyof Requests, Request> = To extends unknown
  ? Request extends keyof Requests[To]
    ? Requests[To][Request]
    : never
  : never

/** What comes behind the name of a request: its payload, if it has one, and limits. */
export type CallArguments<To extends string, Request extends string, Limits> =
  Undeclared<Requests> extends true
    ? [payload?: unknown, limits?: Limits]
    : Signature<To, Request> extends (...parameters: infer Parameters) => unknown
      ? Parameters extends []
        ? [payload?: undefined, limits?: Limits]
        : Parameters extends [infer Question, ...unknown[]]
          ? [payload: Question, limits?: Limits]
          : Parameters extends [(infer Question)?, ...unknown[]]
            ? [payload?: Question, limits?: Limits]
            : never
      : never

export type Answer<To extends string, Request extends string> =
  Undeclared<Requests> extends true
    ? unknown
    : Signature<To, Request> extends (...parameters: never) => infer Result
      ? Awaited<Result>
      : never

/** What answers a request. `Rest` is what a handler is given beside the payload. */
export type HandlerOf<To extends string, Request extends string, Rest extends unknown[]> =
  Undeclared<Requests> extends true
    ? (payload: never, ...rest: Rest) => unknown
    : HandlerFor<Signature<To, Request>, Rest>

type HandlerFor<Declared, Rest extends unknown[]> = Declared extends Any
  ? (
      payload: Parameters<Declared>[0],
      ...rest: Rest
    ) => Awaited<ReturnType<Declared>> | Promise<Awaited<ReturnType<Declared>>>
  : never

export type BroadcastName = Name<Broadcasts>

/** What is broadcast under a name. */
export type BroadcastArguments<Of extends string> = Of extends keyof Broadcasts
  ? undefined extends Broadcasts[Of]
    ? [payload?: Broadcasts[Of]]
    : [payload: Broadcasts[Of]]
  : [payload?: unknown]

export type BroadcastListener<Of extends string> = (
  payload: Of extends keyof Broadcasts ? Broadcasts[Of] : never,
) => void

export type SocketName = Name<Sockets>
