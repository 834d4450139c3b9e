import type { Channel } from '../ipc/channel.js'
import type { Handoff } from '../ipc/handoff.js'
import {
  type Caller,
  type DrainCause,
  type MasterMessage,
  type MasterRequests,
  PROTOCOL_VERSION,
  type WorkerBoot,
  type WorkerMessage,
  type WorkerRequests,
} from '../ipc/protocol.js'
import type { Calls } from './calls/calls.js'
import type { Membership } from './cluster/membership.js'
import type { Limit } from './listen/limit.js'
import type { Listeners } from './listen/listeners.js'
import type { Readiness } from './readiness.js'

export type WorkerChannel = Channel<MasterMessage, WorkerMessage, MasterRequests, WorkerRequests>

/** What a drain tells the application. */
export interface DrainEvent {
  readonly cause: DrainCause
  /** How long the worker has left. What is open then is cut off. */
  readonly deadlineMs: number
  /** Keeps the worker alive until the promise settles, up to the deadline. */
  readonly waitUntil: (promise: PromiseLike<unknown>) => void
}

/** What a handler is told of a request, beside its payload. */
export interface RequestContext {
  /** Aborted when nobody waits for the answer any more: the caller gave up, or is gone. */
  readonly signal: AbortSignal
  /** Who asks. The master itself is `{ group: 'master', slot: 0, id: 0 }`. */
  readonly from: Caller
}

/** All that a worker's process has of the framework. */
export interface Runtime {
  readonly boot: WorkerBoot
  /** That of `boot`, unless the worker stood by and has got one since. */
  slot: number
  readonly channel: WorkerChannel
  readonly listeners: Listeners
  readonly readiness: Readiness
  readonly limit: Limit
  /** Connections that are for siblings go this way. */
  readonly surplus: Handoff
  /** Answers to requests, by name. */
  readonly answers: Map<string, (payload: unknown, context: RequestContext) => unknown>
  readonly calls: Calls
  /** Who listens to broadcasts, by name. */
  readonly subscribers: Map<string, Set<(payload: unknown) => void>>
  /** Run once, when the worker begins to drain. */
  readonly drainHooks: ((event: DrainEvent) => void)[]
  /** Run when a worker that stood by gets a slot. */
  readonly promoteHooks: ((slot: number) => void)[]
  /** If the process behaves as a worker of `node:cluster`. */
  membership?: Membership
  drain(cause: DrainCause): void
}

/**
 * The process has one, whichever way and however often the package is loaded (ESM, `require`, a loader's copy). Not for
 * a copy that speaks another version, though: it would find another shape.
 */
const KEY = Symbol.for(`manifold.worker.runtime.${PROTOCOL_VERSION}`)

export function publish(runtime: Runtime): void {
  Object.defineProperty(globalThis, KEY, { value: runtime })
}

/** Undefined outside of a worker. */
export function currentRuntime(): Runtime | undefined {
  return Reflect.get(globalThis, KEY) as Runtime | undefined
}
