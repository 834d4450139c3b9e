import type { Inquiry } from '../ipc/inquiry.js'
import type { ListeningInfo, ListenReply, WorkerMessage, WorkerRequests } from '../ipc/protocol.js'
import type { StreamHandle } from '../node-internals.js'
import type { WorkerProcess } from './worker-process.js'

/** What a worker asks of whoever runs it. */
export interface WorkerHost {
  listen(worker: WorkerProcess, question: WorkerRequests['listen'][0]): ListenReply | Promise<ListenReply>
  /** @param where in other words, if it behaves as a worker of `node:cluster`. */
  listening(worker: WorkerProcess, listener: number, where: ListeningInfo | undefined): void
  unlisten(worker: WorkerProcess, listener: number): void
  attachFailed(worker: WorkerProcess, listener: number, source: number, errno: number): void
  /** One of its servers has so many connections open. */
  connections(worker: WorkerProcess, listener: number, open: number): void
  /** How many connections it has open, over all its servers, under a limit, and whether it is full by that. */
  limited(worker: WorkerProcess, word: Extract<WorkerMessage, { t: 'limited' }>): void
  /** It has accepted a connection that a sibling should have. */
  surplus(worker: WorkerProcess, listener: number, open: number, connection: StreamHandle): void
  call(worker: WorkerProcess, question: WorkerRequests['call'][0], inquiry: Inquiry): unknown
  /** It wants to know who is ready in a group, now and from now on: `tell` it. Throws if there is no such group. */
  members(worker: WorkerProcess, group: string): void
  /** It wants to be introduced to another worker, by `introduce`. */
  link(worker: WorkerProcess, id: number): boolean | Promise<boolean>
  /** The worker wishes to be replaced. */
  retire(worker: WorkerProcess): void
}
