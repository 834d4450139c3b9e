import type { WorkerProcess } from '@manifold/core/internal'

/** A server of a worker that listens on a socket of its group. */
export class Seat {
  readonly worker: WorkerProcess
  /** The number of the listener within its worker. */
  readonly listener: number
  /** Connections that it has open, by its worker's word and what it has taken since. */
  open = 0

  constructor(worker: WorkerProcess, listener: number) {
    this.worker = worker
    this.listener = listener
  }

  get slot(): number {
    return this.worker.slot
  }

  get overloaded(): boolean {
    return this.worker.overloaded
  }

  /** Connections that were offered to its worker, which has not answered yet. */
  get offered(): number {
    return this.worker.handoff.unanswered
  }

  /** All that it has to do with. */
  get load(): number {
    return this.open + this.offered
  }
}
