import { ManifoldError } from '@manifold/core'
import type { ListenQuery, ListenReply, WorkerProcess, WorkerRequests } from '@manifold/core/internal'
import { cannotListen, errnoFor, type GroupSocket, type GroupSockets } from './group-sockets.js'
import type { Seats } from './seats.js'

/** What is different in a pool as of `node:cluster`. */
interface ClusterManners {
  /** A server did not get a socket that may have been bound for it. */
  abandoned(): void
}

type Question = WorkerRequests['listen'][0]

/** Answers the workers whose servers want to listen. */
export class Listens {
  readonly #sockets: GroupSockets
  readonly #seats: Seats
  readonly #cluster: ClusterManners | undefined
  /** Per worker, what is being answered: each sees what the one before it was given. */
  readonly #last = new WeakMap<WorkerProcess, Promise<unknown>>()

  constructor(sockets: GroupSockets, seats: Seats, cluster?: ClusterManners) {
    this.#sockets = sockets
    this.#seats = seats
    this.#cluster = cluster
  }

  /**
   * Never rejects: what goes wrong is the answer, and becomes the error of the worker's server. A worker that has not got
   * ready when its group stops is not answered; nor is one that leaves, as in `node:cluster`.
   */
  answer(worker: WorkerProcess, question: Question): Promise<ListenReply> {
    if (worker.leaving) return new Promise(() => {})
    const before = this.#last.get(worker) ?? Promise.resolve()
    const answer = before.then(() => this.#place(worker, question))
    this.#last.set(worker, answer)
    return answer
  }

  /** The server of a worker has closed. */
  vacate(worker: WorkerProcess, listener: number): void {
    const left = this.#seats.vacate(worker, listener)
    if (left) this.#sockets.release(left)
  }

  /** One that was given back while it was being waited for is bound again. */
  async #find(worker: WorkerProcess, query: ListenQuery): Promise<GroupSocket> {
    for (;;) {
      const socket = await this.#sockets.find(query, this.#seats.usedBy(worker))
      if (this.#sockets.open.has(socket)) return socket
    }
  }

  async #place(worker: WorkerProcess, { listener, query, ticketKeys }: Question): Promise<ListenReply> {
    try {
      const socket = await this.#find(worker, query)
      if (!worker.connected) throw new ManifoldError('ERR_MANIFOLD_CHANNEL_CLOSED', 'the worker is gone')
      const errno = await this.#seats.place(worker, listener, { query, socket })
      const { name, spec, distribution } = socket
      if (errno !== 0) throw cannotListen(distribution.address, errno)
      socket.ticketKeys ??= ticketKeys
      const backlog = name !== undefined && 'backlog' in spec ? spec.backlog : undefined
      const { address } = distribution
      return { granted: true, address, backlog, socket: name, ticketKeys: socket.ticketKeys }
    } catch (error) {
      this.vacate(worker, listener)
      this.#cluster?.abandoned()
      // It is about to be ended, and for its application nothing has failed.
      if (isStopped(error) && !worker.wasReady) return new Promise(() => {})
      const why = error instanceof Error ? error.message : String(error)
      worker.note(why)
      const errno = errnoFor(error)
      return { granted: false, errno, why, syscall: this.#cluster ? 'bind' : 'listen' }
    }
  }
}

function isStopped(error: unknown): boolean {
  return error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_STOPPED'
}
