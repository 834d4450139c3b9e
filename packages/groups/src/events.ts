import type { DrainCause, ExitReason, ManifoldError, SocketAddress } from '@manifold/core'
import type { Worker } from './worker.js'

/** Where a worker's server listens. */
export interface ListeningAddress {
  /** The name of the socket, if the group declares it. */
  readonly socket: string | undefined
  readonly address: SocketAddress
}

/** A slot that lost its worker. */
export interface Vacancy {
  readonly group: string
  readonly slot: number
  /** The worker that served there. */
  readonly worker: Worker
}

/** A socket whose connections nobody takes. */
export interface BacklogFull {
  readonly group: string
  readonly socket: string
  readonly address: SocketAddress
  /** How many the master holds. */
  readonly waiting: number
  readonly code: 'ERR_MANIFOLD_BACKLOG_FULL'
}

/**
 * The events of a master. Those of Node's cluster have their names; the worker comes first.
 *
 * | event | when |
 * | --- | --- |
 * | `setup` | once, before the first worker is forked: the declared sockets are bound |
 * | `fork` | a process was started |
 * | `online` | it runs |
 * | `listening` | one of its servers listens |
 * | `ready` | it can serve |
 * | `draining` | it takes no new connections and finishes what it has |
 * | `disconnect` | its channel is closed; once for every worker, before `exit` |
 * | `exit` | it is gone |
 * | `silent` | it has said nothing for too long, and its siblings do what it should |
 * | `heard` | it goes on |
 * | `backlog` | so many connections wait in the master that it accepts no more; the kernel queues them |
 * | `vacant` | nobody serves in a slot, and nobody is on the way; said again at the end of `start()` |
 * | `reload` | a group has replaced all its workers |
 * | `failed` | a worker that was to succeed another did not come up |
 * | `message` | a worker's application called `process.send` |
 */
export interface MasterEvents {
  setup: []
  fork: [worker: Worker]
  online: [worker: Worker]
  listening: [worker: Worker, where: ListeningAddress]
  ready: [worker: Worker]
  draining: [worker: Worker, cause: DrainCause]
  disconnect: [worker: Worker]
  exit: [worker: Worker, reason: ExitReason]
  silent: [worker: Worker, silentMs: number]
  heard: [worker: Worker]
  backlog: [full: BacklogFull]
  vacant: [vacancy: Vacancy]
  reload: [group: string]
  failed: [worker: Worker, error: ManifoldError]
  message: [worker: Worker, message: unknown, handle: unknown]
}
