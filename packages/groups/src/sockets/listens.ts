import { ManifoldError } from '@manifold/core'
import type { ListenReply, WorkerProcess, WorkerRequests } from '@manifold/core/internal'
import { cannotListen, errnoFor, type GroupSockets } from './group-sockets.js'
import type { Seats } from './seats.js'

type Question = WorkerRequests['listen'][0]

/** Answers the workers whose servers want to listen. */
export class Listens {
  readonly #sockets: GroupSockets
  readonly #seats: Seats
  /** Per worker, what is being answered: each sees what the one before it was given. */
  readonly #last = new WeakMap<WorkerProcess, Promise<unknown>>()

  constructor(sockets: GroupSockets, seats: Seats) {
    this.#sockets = sockets
    this.#seats = seats
  }

  /**
   * Never rejects: what goes wrong is the answer, and becomes the error of the worker's server. A worker that has not got
   * ready when its group stops is not answered.
   */
  answer(worker: WorkerProcess, question: Question): Promise<ListenReply> {
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

  async #place(worker: WorkerProcess, { listener, query, ticketKeys }: Question): Promise<ListenReply> {
    try {
      const socket = await this.#sockets.find(query, this.#seats.usedBy(worker))
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
      // It is about to be ended, and for its application nothing has failed.
      if (isStopped(error) && !worker.wasReady) return new Promise(() => {})
      const why = error instanceof Error ? error.message : String(error)
      worker.note(why)
      return { granted: false, errno: errnoFor(error), why }
    }
  }
}

function isStopped(error: unknown): boolean {
  return error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_STOPPED'
}
