import type { ManifoldError } from '@manifold/core'
import { log, STANDBY, type WorkerProcess } from '@manifold/core/internal'
import type { Release } from '../reload/release.js'

const debug = log('standby')

/** How long a worker that is not needed may take to close what its application has opened. It serves nobody. */
const END_MS = 1_000

export interface StandbyLimits {
  /** How many there should be. */
  readonly count: number
  /** After how much silence a worker that waits is taken for stuck, in ms: it gets no slot. */
  readonly silentMs: number
  /** After how much it makes room for another. */
  readonly hungMs: number
}

/** What the pool needs of its group. */
export interface StandbyHost {
  /** What vacant slots get now, or are about to. */
  readonly release: Release
  /** Starts a worker, in a slot or as one that stands by. */
  launch(slot: number, release: Release): WorkerProcess
  /** One that stands by was started. */
  forked(worker: WorkerProcess): void
  /** One that stood by, or was to, is gone. */
  vacant(worker: WorkerProcess, error: ManifoldError): void
}

/**
 * The workers of a group that have loaded its application and wait for a slot. There is none before the group has
 * started. When one has got a slot, another is started, but not before the first is ready: it has the processor for
 * itself. One that fails is not started again from here.
 */
export class Standbys {
  readonly #limits: StandbyLimits
  readonly #host: StandbyHost
  /** Those that wait, or will, and what they run. */
  readonly #members = new Map<WorkerProcess, Release>()
  /** Those that are of no use any more, and are ending. */
  readonly #leaving = new Set<WorkerProcess>()
  /** Nothing failed that these end. */
  readonly #dismissed = new WeakSet<WorkerProcess>()
  /** Whether the last one did not come to wait: those that are loading now may have the same before them. */
  #doubtful = false
  #open = false
  #closed = false

  constructor(limits: StandbyLimits, host: StandbyHost) {
    this.#limits = limits
    this.#host = host
  }

  /** Those that stand by, or will. */
  get members(): WorkerProcess[] {
    return [...this.#members.keys()]
  }

  /** All processes, those that are ending included. */
  get workers(): WorkerProcess[] {
    return [...this.#members.keys(), ...this.#leaving]
  }

  /** From now on there are as many as there should be. */
  open(): void {
    this.#open = !this.#closed
    this.fill()
  }

  /** Starts those that are missing. Those that run something else than new workers do make room for them. */
  fill(): void {
    const { release } = this.#host
    for (const [worker, runs] of [...this.#members]) if (runs !== release) this.#dismiss(worker)
    while (this.#open && this.#members.size < this.#limits.count) this.#start(this.#host.release)
  }

  /** The same, and resolves when they wait, or are not needed any more. Rejects with the first `StartError`. */
  async replenish(): Promise<void> {
    this.open()
    const coming = () => this.members.filter(({ state }) => state === 'starting' || state === 'online')
    for (let workers = coming(); workers.length > 0; workers = coming()) {
      await Promise.all(workers.map((worker) => this.#waiting(worker)))
    }
  }

  /**
   * A worker for that slot: one that stands by and runs this release, if there is one, or a new one. One that is not there
   * yet has at least a start over any that would be started now, unless the last one failed.
   */
  seat(slot: number, release: Release): WorkerProcess {
    const standby = this.#choose(release)
    const worker = standby ?? this.#host.launch(slot, release)
    if (standby) {
      this.#members.delete(standby)
      debug('worker %d, %s, gets slot %d', standby.id, standby.state, slot)
      standby.promote(slot)
    }
    // Nor is one missed by who does not come up.
    const fill = () => this.fill()
    worker.started.then(fill, () => {
      if (!standby) return
      this.#doubtful = true
      fill()
    })
    return worker
  }

  /** What they have loaded is not to be run any more. */
  dismiss(): void {
    for (const worker of this.members) this.#dismiss(worker)
  }

  /** Ends them, for good. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#open = false
    this.#closed = true
    this.dismiss()
    await Promise.all([...this.#leaving].map(({ closed }) => closed))
  }

  #choose(release: Release): WorkerProcess | undefined {
    const able = this.members.filter((worker) => this.#members.get(worker) === release && worker.connected)
    const waiting = able.filter(({ state }) => state === 'waiting')
    for (const worker of waiting) if (worker.silentMs > this.#limits.hungMs) worker.destroy()
    return (
      waiting.find(({ silentMs }) => silentMs <= this.#limits.silentMs) ??
      able.find((worker) => !this.#doubtful && !waiting.includes(worker))
    )
  }

  #start(release: Release): void {
    const worker = this.#host.launch(STANDBY, release)
    this.#members.set(worker, release)
    worker.once('waiting', () => {
      this.#doubtful = false
    })
    // Whichever comes first: it finishes by itself, cannot be reached any more, or is dead.
    worker.once('draining', () => this.#lost(worker))
    worker.once('disconnect', () => this.#lost(worker))
    worker.once('exit', () => {
      this.#lost(worker)
      this.#leaving.delete(worker)
    })
    this.#host.forked(worker)
  }

  #dismiss(worker: WorkerProcess): void {
    // Whoever hears of one that drains may have given a slot to the next.
    if (!this.#members.delete(worker)) return
    this.#dismissed.add(worker)
    this.#leaving.add(worker)
    void worker.drain('replace', END_MS)
  }

  #lost(worker: WorkerProcess): void {
    if (!this.#members.delete(worker)) return
    this.#leaving.add(worker)
    worker.waiting.catch(() => {
      this.#doubtful = true
    })
    worker.started.catch((error: ManifoldError) => {
      if (!this.#closed) this.#host.vacant(worker, error)
    })
  }

  async #waiting(worker: WorkerProcess): Promise<void> {
    try {
      await worker.waiting
    } catch (error) {
      if (!this.#dismissed.has(worker)) throw error
    }
  }
}
