/** For code inside a worker: `import { worker } from '@manifold/core/worker'`. */
import { Worker } from './runtime/worker-interface.js'

export type { CallLimits } from './ipc/limits.js'
export type { Caller, DrainCause } from './ipc/protocol.js'
export type { DrainEvent, RequestContext } from './runtime/runtime.js'
export type {
  PromoteEvent,
  SocketAddressOptions,
  Worker,
  WorkerCallLimits,
  WorkerEvents,
} from './runtime/worker-interface.js'

/**
 * The requests that groups answer, and the master under the name `master`, as the application declares them:
 *
 * ```ts
 * declare module '@manifold/core/worker' {
 *   interface Requests {
 *     store: { total(question: { key: string }): number }
 *   }
 * }
 * ```
 *
 * While it declares none, names are strings and payloads unknown.
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it.
export interface Requests {}

/** What is broadcast, by name: `interface Broadcasts { config: { level: string } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it.
export interface Broadcasts {}

/** The names of the sockets that groups declare: `interface Sockets { http: unknown }`. */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it.
export interface Sockets {}

export const worker: Worker = new Worker()
