import type { ReadyMode, SocketOption } from '@manifold/core'
import type { PolicyOption } from '../policies/policy-options.js'

/** A socket as in `SocketOption`; in the forms that are objects, it may have a policy of its own. */
export type ListenOption =
  | SocketOption
  | (Exclude<SocketOption, number | string> & { readonly policy?: PolicyOption })

export interface HeartbeatOptions {
  /** How often each worker says that it lives, in ms. @default 625 */
  readonly intervalMs?: number
  /**
   * After how much silence a worker is taken for stopped or stuck, in ms: what comes for it goes to its siblings, until
   * it is heard again. At least twice `intervalMs`. @default 1_250, or twice `intervalMs` if that is more
   */
  readonly timeoutMs?: number
}

export interface OverloadOptions {
  /** Above which delay of its event loop (the 99th percentile between two beats) a worker is overloaded, in ms. @default 250 */
  readonly delayMs?: number
  /** For how long it must stay above, and below before it is over, in ms. @default 2_000 */
  readonly forMs?: number
}

export interface ReportsOptions {
  /** Where reports of Node are written; made if it does not exist in one that does. @default `manifold-reports-<uid>` in the temporary directory of the system */
  readonly directory?: string
  /** How many are kept; the oldest are deleted. @default 20 */
  readonly maxFiles?: number
}

/** `Listen` is for TypeScript to know the names of the sockets; leave it out. */
export interface GroupOptions<Listen = Readonly<Record<string, ListenOption>>> {
  /** The application that each worker runs: a path (from `cwd` on) or a `file:` URL; .js, .cjs, .mjs, .ts. */
  readonly exec: string | URL
  /** How many workers; `'cpus'` for as many as there are processors for us. @default 1 */
  readonly workers?: number | 'cpus'
  /** The sockets that the group holds, by name. @default none: those on which its workers listen */
  readonly listen?: Listen & Readonly<Record<string, ListenOption>>
  /** For the sockets that name none of their own. @default 'auto' */
  readonly policy?: PolicyOption
  readonly heartbeat?: HeartbeatOptions
  readonly args?: readonly string[]
  /** Options for Node. @default those of the master */
  readonly execArgv?: readonly string[]
  /** Added to the master's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  readonly stdio?: import('node:child_process').StdioOptions
  readonly serialization?: 'json' | 'advanced'
  /** @default true */
  readonly windowsHide?: boolean
  /** When a worker counts as ready. @default 'listening' */
  readonly ready?: ReadyMode
  /** How long a worker may take to get ready, in ms. @default 30_000 */
  readonly readyTimeoutMs?: number
  /** How long a worker may take to finish, in ms. What is open then is cut off. @default 30_000 */
  readonly drainTimeoutMs?: number
  /**
   * How long an idle keep-alive connection of a draining worker may still bring a request, in ms. Longer than the
   * server's `keepAliveTimeout` (5 s, and 1 s on top on newer Nodes), no connection is closed that would not have
   * been closed anyway. @default 7_000
   */
  readonly keepAliveGraceMs?: number
  /** How many messages may wait for one worker that does not read them. @default 1_000 */
  readonly maxQueued?: number
  /**
   * Groups that this one needs: it starts when they are ready, and stops before they do. Circles are refused.
   * @default none: groups start and stop side by side
   */
  readonly after?: readonly string[]
  /**
   * How many workers beside those that serve have loaded the application, and wait in front of their first `listen`
   * to take a slot. Not with `ready: 'online'`, where nothing tells that a worker serves. @default 0
   */
  readonly standby?: number
  /**
   * How many connections the group has open at most, over all its sockets and workers; idle ones count as well, those
   * of workers that are finishing do not. What comes then waits in the kernel's queue, and is refused by nobody but the
   * kernel, when that is full; when the group stops, it is served. With `kernel` and `shared` each worker has its share,
   * which is none for some if there are fewer connections than workers. UDP is not concerned.
   * @default no limit
   */
  readonly maxConnections?: number
  /**
   * When a worker counts as overloaded (events `overload` and `relieved`): where the master accepts, others get new
   * connections for as long as they can take any. `sticky` keeps its clients where they are. `false`: never.
   * @default 250 ms for 2_000 ms
   */
  readonly overload?: OverloadOptions | false
  /**
   * What becomes of a worker with an uncaught exception, or an unhandled rejection, of which the application takes no
   * care itself. `drain`: it reports it, finishes what it has, while a successor starts, and exits with Node's code.
   * `exit`: what Node does. Before a worker is ready, it is always that. @default 'drain'
   */
  readonly onUncaught?: 'drain' | 'exit'
  /** Whether a thread in each worker tells the master what its event loop hangs in. @default true */
  readonly hangReport?: boolean
  /**
   * Where a worker that dies of a full heap leaves a report of Node. `false`: it leaves none.
   * @default 20 reports in the temporary directory of the system
   */
  readonly reports?: ReportsOptions | false
}

export interface MasterOptions<Name extends string = string, Sockets extends Listens<Name> = Listens<Name>> {
  /** The groups by name. A path or a URL alone is short for one worker that runs it. */
  readonly groups: Readonly<Record<Name, unknown>> & {
    readonly [Of in keyof Sockets]: GroupOptions<Sockets[Of]> | string | URL
  }
}

/** What each group declares under `listen`, where TypeScript knows. */
// biome-ignore lint/suspicious/noExplicitAny: what is not known must fit what is, both ways.
export type Listens<Name extends string> = Readonly<Record<Name, any>>

/** The names of the sockets in such a declaration. */
export type SocketNames<Listen> = unknown extends Listen ? string : keyof Listen & string
