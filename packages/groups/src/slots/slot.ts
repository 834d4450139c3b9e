import { type DrainCause, ManifoldError } from '@manifold/core'
import { log, Machine, type Transitions, type WorkerProcess } from '@manifold/core/internal'
import type { Release } from '../reload/release.js'
import type { ExitStatus } from '../status.js'
import { exitStatus } from './slot-status.js'

const debug = log('slot')

export type SlotState = 'vacant' | 'starting' | 'serving' | 'replacing' | 'emptying' | 'closed'

const TRANSITIONS: Transitions<SlotState> = {
  vacant: ['starting', 'closed'],
  starting: ['serving', 'vacant', 'closed'],
  serving: ['replacing', 'emptying', 'vacant', 'closed'],
  // 'starting' if the worker dies while its successor is on the way.
  replacing: ['serving', 'starting', 'vacant', 'closed'],
  // The old worker finishes; the new one starts when it is gone.
  emptying: ['starting', 'closed'],
  closed: [],
}

/** What a slot needs of its group. */
export interface SlotHost {
  /** Whether a worker that has nobody before it may serve before it is ready, with the servers that listen already. */
  readonly servesWhileStarting: boolean
  spawn(slot: number, release: Release): WorkerProcess
  /** The slot has this worker now. Whoever hears of it may take the slot away. */
  forked(worker: WorkerProcess): void
  /** Connections may go to this worker's servers from now on, also to those that it starts later. */
  admit(worker: WorkerProcess): void
  /** No more of them. */
  dismiss(worker: WorkerProcess): void
  /** The worker is gone, or goes, before anybody has succeeded it. `vacant` follows if nobody is on the way. */
  lost(worker: WorkerProcess): void
  vacant(slot: Slot, last: WorkerProcess): void
}

/** A new worker serves. */
export interface Replacement {
  readonly worker: WorkerProcess
  /** Resolves when the one before it is gone. */
  readonly retired: Promise<unknown>
}

/**
 * A numbered seat that outlives its workers. At most one worker serves in it; another may be on its way to succeed
 * it, and others that were replaced may be finishing what they had begun.
 */
export class Slot {
  readonly index: number
  readonly #host: SlotHost
  readonly #machine: Machine<SlotState>
  readonly #workers = new Map<WorkerProcess, Release>()
  #occupant: WorkerProcess | undefined
  #successor: WorkerProcess | undefined
  #lost: WorkerProcess | undefined
  #starts = 0
  #lastExit: ExitStatus | undefined

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

  /** The worker that is on its way: the successor, or the occupant that is not ready yet. */
  get coming(): WorkerProcess | undefined {
    return this.#successor ?? (this.state === 'starting' ? this.#occupant : undefined)
  }

  /** All its processes: the occupant, its successor, and those that are finishing. */
  get workers(): WorkerProcess[] {
    return [...this.#workers.keys()]
  }

  /** The worker that left the slot vacant, if it is. */
  get lost(): WorkerProcess | undefined {
    return this.state === 'vacant' ? this.#lost : undefined
  }

  /** Whether its last worker went on purpose: nobody is to be started here, unless it is asked for. */
  get left(): boolean {
    return this.state === 'vacant' && this.#lost === undefined && this.#starts > 0
  }

  /** How many workers have been started here, the first not counted. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1)
  }

  /** How the last of its workers ended that has. */
  get lastExit(): ExitStatus | undefined {
    return this.#lastExit
  }

  /** What one of its workers runs. */
  releaseOf(worker: WorkerProcess | undefined): Release | undefined {
    return worker && this.#workers.get(worker)
  }

  /** Starts a worker in the vacant slot. Rejects with a `StartError`; the slot is vacant again then. */
  async fill(release: Release): Promise<WorkerProcess> {
    const worker = this.begin(release)
    await worker.started
    return worker
  }

  /** The same, and returns its worker at once. Throws if there is no process, where the group's are to be so started. */
  begin(release: Release): WorkerProcess {
    this.#assert('vacant')
    return this.#occupy(release)
  }

  /**
   * Starts a successor, and once it is ready lets it take over; the old worker drains. Resolves then, with the end of
   * the old worker as a promise. If the successor does not get ready, the old worker stays, and this rejects.
   */
  async replace(release: Release): Promise<Replacement> {
    this.#assert('serving')
    const old = this.#occupant
    const worker = this.#start(release)
    this.#machine.to('replacing')
    this.#successor = worker
    this.#host.forked(worker)
    await worker.started
    return { worker, retired: Promise.resolve(old?.closed) }
  }

  /**
   * Lets the worker finish, and starts another when it is gone: that of the release that is asked for then. If that
   * does not get ready, the slot is vacant, and this rejects.
   */
  async exchange(release: () => Release): Promise<Replacement> {
    this.#assert('serving')
    const old = this.#occupant
    this.#machine.to('emptying')
    await old?.drain('replace')
    this.#assert('emptying')
    const worker = this.#occupy(release())
    await worker.started
    return { worker, retired: Promise.resolve() }
  }

  /** Ends the worker that is on its way, if there is one. Whom it was to succeed stays; else the slot is vacant. */
  abandon(): void {
    void this.coming?.drain('stop', 0)
  }

  /** Ends whatever runs here, for good. */
  async close(cause: DrainCause): Promise<void> {
    if (this.#machine.can('closed')) this.#machine.to('closed')
    await Promise.all(this.workers.map((worker) => worker.drain(cause)))
  }

  /** Ends the slot, which is vacant, for good. Resolves when those are gone that are finishing, each in its own way. */
  async abolish(): Promise<void> {
    this.#machine.to('closed')
    await Promise.all(this.workers.map(({ closed }) => closed))
  }

  #assert(state: SlotState): void {
    if (this.state === state) return
    throw new ManifoldError('ERR_MANIFOLD_STATE', `slot ${this.index} is ${this.state}, not ${state}`)
  }

  #occupy(release: Release): WorkerProcess {
    const worker = this.#start(release)
    this.#machine.to('starting')
    this.#occupant = worker
    if (this.#host.servesWhileStarting) this.#host.admit(worker)
    this.#host.forked(worker)
    return worker
  }

  #start(release: Release): WorkerProcess {
    const worker = this.#host.spawn(this.index, release)
    this.#starts++
    this.#workers.set(worker, release)
    worker.on('ready', () => this.#ready(worker))
    // Whichever comes first: it finishes by itself, cannot be reached any more, or is dead.
    worker.once('draining', () => this.#gone(worker))
    worker.once('disconnect', () => this.#gone(worker))
    worker.once('exit', (reason) => {
      this.#lastExit = exitStatus(worker, reason)
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
    // As it should be.
    if (this.state === 'closed' || this.state === 'emptying') return
    this.#host.lost(worker)
    if (this.#occupant) {
      // The successor has nobody to wait for.
      this.#machine.to('starting')
      if (this.#host.servesWhileStarting) this.#host.admit(this.#occupant)
      return
    }
    this.#machine.to('vacant')
    // Who went on purpose is not missed.
    this.#lost = worker.leaving ? undefined : worker
    this.#host.vacant(this, worker)
  }
}
