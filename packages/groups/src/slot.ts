import { ManifoldError } from '@manifold/core'
import { log, Machine, type Transitions, type WorkerProcess } from '@manifold/core/internal'

const debug = log('slot')

export type SlotState = 'vacant' | 'starting' | 'serving' | 'replacing' | 'closed'

const TRANSITIONS: Transitions<SlotState> = {
  vacant: ['starting', 'closed'],
  starting: ['serving', 'vacant', 'closed'],
  serving: ['replacing', 'vacant', 'closed'],
  // 'starting' if the worker dies while its successor is on the way.
  replacing: ['serving', 'starting', 'vacant', 'closed'],
  closed: [],
}

/** What a slot needs of its group. */
export interface SlotHost {
  /** Whether a worker that has nobody before it may serve before it is ready, with the servers that listen already. */
  readonly servesWhileStarting: boolean
  spawn(slot: number): WorkerProcess
  /** Connections may go to this worker's servers from now on, also to those that it starts later. */
  admit(worker: WorkerProcess): void
  /** No more of them. */
  dismiss(worker: WorkerProcess): void
  vacant(slot: Slot, last: WorkerProcess): void
}

/**
 * A numbered seat that outlives its workers. At most one worker serves in it; another may be on its way to succeed
 * it, and others that were replaced may be finishing what they had begun.
 */
export class Slot {
  readonly index: number
  readonly #host: SlotHost
  readonly #machine: Machine<SlotState>
  readonly #workers = new Set<WorkerProcess>()
  #occupant: WorkerProcess | undefined
  #successor: WorkerProcess | undefined
  #lost: WorkerProcess | undefined
  #starts = 0

  constructor(index: number, host: SlotHost) {
    this.index = index
    this.#host = host
    this.#machine = new Machine(`slot ${index}`, TRANSITIONS, 'vacant')
  }

  get state(): SlotState {
    return this.#machine.state
  }

  /** The worker that serves, or that will as soon as it is ready. */
  get occupant(): WorkerProcess | undefined {
    return this.#occupant
  }

  /** All its processes: the occupant, its successor, and those that are finishing. */
  get workers(): ReadonlySet<WorkerProcess> {
    return this.#workers
  }

  /** The worker that left the slot vacant, if it is. */
  get lost(): WorkerProcess | undefined {
    return this.state === 'vacant' ? this.#lost : undefined
  }

  /** How many workers have been started here, the first not counted. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1)
  }

  /** Starts a worker in the vacant slot. Rejects with a `StartError`; the slot is vacant again then. */
  async fill(): Promise<WorkerProcess> {
    if (this.state !== 'vacant') throw wrongState(`slot ${this.index} is ${this.state}, not vacant`)
    const worker = this.#start()
    this.#machine.to('starting')
    this.#occupant = worker
    if (this.#host.servesWhileStarting) this.#host.admit(worker)
    await worker.started
    return worker
  }

  /**
   * Starts a successor, and once it is ready lets it take over; the old worker drains. Resolves then, with the end of
   * the old worker as a promise. If the successor does not get ready, the old worker stays, and this rejects.
   */
  async replace(): Promise<{ readonly retired: Promise<unknown> }> {
    if (this.state === 'closed') throw wrongState(`slot ${this.index} is closed`)
    const old = this.#occupant
    if (this.state !== 'serving' || !old) return this.#renewed()
    const successor = this.#start()
    this.#machine.to('replacing')
    this.#successor = successor
    await successor.started
    return { retired: old.closed }
  }

  /** A worker that is on its way already is as new as one can be. */
  async #renewed(): Promise<{ readonly retired: Promise<unknown> }> {
    const old = this.#successor && this.#occupant
    const coming = this.#successor ?? this.#occupant
    await (coming ? coming.started : this.fill())
    return { retired: old ? old.closed : Promise.resolve() }
  }

  /** Ends whatever runs here, for good. */
  async close(): Promise<void> {
    if (this.#machine.can('closed')) this.#machine.to('closed')
    await Promise.all([...this.#workers].map((worker) => worker.drain('stop')))
  }

  #start(): WorkerProcess {
    const worker = this.#host.spawn(this.index)
    this.#starts++
    this.#workers.add(worker)
    worker.on('ready', () => this.#ready(worker))
    // Whichever comes first: it finishes by itself, cannot be reached any more, or is dead.
    worker.once('draining', () => this.#gone(worker))
    worker.once('disconnect', () => this.#gone(worker))
    worker.once('exit', () => {
      this.#workers.delete(worker)
      this.#gone(worker)
    })
    return worker
  }

  #ready(worker: WorkerProcess): void {
    if (worker === this.#occupant && this.state === 'starting') {
      this.#machine.to('serving')
      this.#host.admit(worker)
    }
    if (worker !== this.#successor) return
    const old = this.#occupant
    this.#successor = undefined
    this.#occupant = worker
    this.#machine.to('serving')
    debug('slot %d: worker %d takes over from worker %d', this.index, worker.id, old?.id)
    // First the successor, then the old one: there is no moment in which nobody accepts.
    this.#host.admit(worker)
    if (old) void old.drain('replace')
  }

  #gone(worker: WorkerProcess): void {
    this.#host.dismiss(worker)
    if (worker === this.#successor) {
      this.#successor = undefined
      if (this.state === 'replacing') this.#machine.to('serving')
    }
    if (worker !== this.#occupant) return
    this.#occupant = this.#successor
    this.#successor = undefined
    if (this.state === 'closed') return
    if (this.#occupant) {
      // The successor has nobody to wait for.
      this.#machine.to('starting')
      if (this.#host.servesWhileStarting) this.#host.admit(this.#occupant)
      return
    }
    this.#machine.to('vacant')
    this.#lost = worker
    this.#host.vacant(this, worker)
  }
}

function wrongState(message: string): ManifoldError {
  return new ManifoldError('ERR_MANIFOLD_STATE', message)
}
