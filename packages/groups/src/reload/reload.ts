import type { Clock, ManifoldError, Timer } from '@manifold/core'
import { log, Machine, type Transitions, type WorkerProcess } from '@manifold/core/internal'
import type { Replacement, Slot } from '../slots/slot.js'
import type { Worker } from '../workers/worker.js'
import { Loss } from './loss.js'
import type { Release } from './release.js'
import type { ReloadConfig } from './reload-options.js'

const debug = log('reload')

type ReloadState = 'rolling-out' | 'finishing' | 'rolling-back' | 'ended'

const TRANSITIONS: Transitions<ReloadState> = {
  'rolling-out': ['finishing', 'rolling-back', 'ended'],
  // All slots run it; old workers are still finishing.
  finishing: ['rolling-back', 'ended'],
  'rolling-back': ['ended'],
  ended: [],
}

/** What a reload needs of its group. */
export interface ReloadHost {
  readonly clock: Clock
  /** The slots that exist now: they may become more and fewer while the reload runs. */
  readonly slots: readonly Slot[]
  /** A slot could not be brought back to the former release. */
  failed(worker: Worker, error: ManifoldError): void
}

/**
 * Brings all slots to a release, so many at a time. If that release does not work, it goes no further, and brings back
 * those that it had come to.
 */
export class Reload {
  readonly #config: ReloadConfig
  readonly #former: Release
  readonly #next: Release
  readonly #host: ReloadHost
  readonly #machine = new Machine<ReloadState>('the reload', TRANSITIONS, 'rolling-out')
  readonly #visited = new Set<Slot>()
  /** Where workers were started for the reload, and where one is on its way. */
  readonly #begun = new Set<Slot>()
  readonly #inFlight = new Map<Slot, Promise<unknown>>()
  /** The workers of the new release that serve. */
  readonly #watched = new Set<WorkerProcess>()
  /** What has to end before the reload has. */
  readonly #pending: Promise<unknown>[] = []
  readonly #rolledBack: number[] = []
  readonly #aborted: Promise<never>
  #reject: (cause: unknown) => void = () => {}
  #pause: Timer | undefined

  constructor(config: ReloadConfig, former: Release, next: Release, host: ReloadHost) {
    this.#config = config
    this.#former = former
    this.#next = next
    this.#host = host
    this.#aborted = new Promise((_, reject) => {
      this.#reject = reject
    })
    this.#aborted.catch(() => {})
  }

  /** What slots get now: the former release again, once the new one has failed. */
  get release(): Release {
    return this.#machine.state === 'rolling-back' ? this.#former : this.#next
  }

  /** The slots that had been taken over by the new release, or emptied for it, and were filled again. */
  get rolledBack(): readonly number[] {
    return this.#rolledBack.toSorted((one, other) => one - other)
  }

  /** Resolves when the last of the old workers is gone. Rejects with the reason once what was begun is undone. */
  async run(): Promise<void> {
    try {
      await Promise.race([this.#aborted, this.#rollOut()])
      // It may have been aborted in the same turn in which the last step was done.
      if (this.#machine.state !== 'finishing') await this.#aborted
      this.#machine.to('ended')
    } catch (cause) {
      this.#abort(cause)
      // It was stopped, and the slots are being closed.
      if (this.#machine.state === 'ended') throw cause
      debug('aborted: %o', cause)
      await this.#rollBack()
      if (this.#machine.can('ended')) this.#machine.to('ended')
      throw cause instanceof Loss ? await cause.explain(this.#host.clock) : cause
    }
  }

  /** A slot was added while the reload runs, and gets `release`. */
  join(slot: Slot, filled: Promise<WorkerProcess>): void {
    if (!this.#machine.can('rolling-back')) return
    this.#visited.add(slot)
    void settled(this.#begin(slot, filled))
    const watched = filled.then(
      (worker) => this.watch(slot, worker),
      (error: unknown) => {
        if (!isClosed(slot)) this.#abort(error)
      },
    )
    this.#pending.push(watched)
  }

  /**
   * A worker of the new release serves, and must not be lost. It may be gone already: what two messages of one read tell
   * comes before what waits for the first.
   */
  watch(slot: Slot, worker: WorkerProcess): void {
    this.#watched.add(worker)
    if (slot.occupant !== worker && !isClosed(slot)) this.lost(worker)
  }

  /** A worker is gone that was not to go. */
  lost(worker: WorkerProcess): void {
    if (this.#watched.has(worker)) this.#abort(new Loss(worker))
  }

  /** Everything ends: nothing is brought back. If only old workers are still finishing, it has succeeded. */
  stop(error: ManifoldError): void {
    if (this.#machine.state === 'finishing' || !this.#machine.can('ended')) return
    this.#machine.to('ended')
    this.#pause?.cancel()
    this.#reject(error)
  }

  #abort(cause: unknown): void {
    if (!this.#machine.can('rolling-back')) return
    this.#machine.to('rolling-back')
    this.#pause?.cancel()
    this.#reject(cause)
  }

  async #rollOut(): Promise<void> {
    let first = true
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) {
      await Promise.all(batch.map((slot) => this.#renew(slot)))
      if (first) await this.#wait(this.#config.canaryMs)
      first = false
    }
    if (this.#machine.can('finishing')) this.#machine.to('finishing')
    // More may be added while it waits.
    for (const pending of this.#pending) await pending
  }

  /** Those first that are not served anyway: so `batch` is also how many are not served at once. */
  #nextBatch(): readonly Slot[] {
    if (this.#machine.state !== 'rolling-out') return []
    const left = this.#host.slots.filter((slot) => !this.#visited.has(slot))
    const isServed = ({ state }: Slot) => Number(state === 'serving' || state === 'replacing')
    const batch = left.toSorted((one, other) => isServed(one) - isServed(other)).slice(0, this.#config.batch)
    for (const slot of batch) this.#visited.add(slot)
    return batch
  }

  async #renew(slot: Slot): Promise<void> {
    // A worker that is on its way with another release is waited for: it may be what the slot has to fall back on.
    while (slot.coming && slot.releaseOf(slot.coming) !== this.#next) await settled(slot.coming.started)
    if (this.#machine.state !== 'rolling-out' || isClosed(slot)) return
    try {
      const { worker, retired } = await this.#bring(slot)
      this.watch(slot, worker)
      this.#pending.push(retired)
    } catch (error) {
      if (!isClosed(slot)) throw error
    }
  }

  /** A worker that is on its way already with this release is as new as one can be. */
  async #bring(slot: Slot): Promise<Replacement> {
    const { coming, occupant } = slot
    if (!coming) return this.#begin(slot, this.#start(slot))
    await coming.started
    return { worker: coming, retired: Promise.resolve(occupant === coming ? undefined : occupant?.closed) }
  }

  async #start(slot: Slot): Promise<Replacement> {
    if (slot.state === 'vacant')
      return { worker: await slot.fill(this.release), retired: Promise.resolve(undefined) }
    return this.#config.surge ? slot.replace(this.release) : slot.exchange(() => this.release)
  }

  async #begin<T>(slot: Slot, work: Promise<T>): Promise<T> {
    this.#begun.add(slot)
    this.#inFlight.set(slot, work)
    try {
      return await work
    } finally {
      this.#inFlight.delete(slot)
    }
  }

  async #wait(ms: number): Promise<void> {
    if (ms === 0 || this.#machine.state !== 'rolling-out') return
    await new Promise<void>((resolve) => {
      this.#pause = this.#host.clock.after(ms, resolve)
    })
  }

  /** Where nobody serves at once, elsewhere in the same steps. */
  async #rollBack(): Promise<void> {
    const changed = this.#next !== this.#former
    const isNext = (slot: Slot, worker: WorkerProcess | undefined) =>
      changed && slot.releaseOf(worker) === this.#next
    const concerned = this.#host.slots.filter(
      (slot) => this.#begun.has(slot) || isNext(slot, slot.occupant) || isNext(slot, slot.coming),
    )
    for (const slot of concerned) {
      if (this.#inFlight.has(slot) || isNext(slot, slot.coming)) slot.abandon()
    }
    const unserved = concerned.filter(({ state }) => state !== 'serving' && state !== 'replacing')
    const served = concerned.filter((slot) => !unserved.includes(slot))
    await Promise.all([
      ...unserved.map((slot) => this.#restore(slot)),
      this.#restoreInSteps(served, this.#config.batch),
    ])
  }

  async #restoreInSteps(slots: readonly Slot[], batch: number): Promise<void> {
    for (let from = 0; from < slots.length; from += batch) {
      await Promise.all(slots.slice(from, from + batch).map((slot) => this.#restore(slot)))
    }
  }

  async #restore(slot: Slot): Promise<void> {
    const before = slot.occupant
    try {
      // What follows on an old worker that is finishing is of the former release again.
      if (slot.state === 'emptying') await this.#inFlight.get(slot)
      await slot.coming?.started
      const isFormer = slot.releaseOf(slot.occupant) === this.#former
      if (slot.state === 'vacant' || (slot.state === 'serving' && !isFormer)) await this.#start(slot)
      if (slot.occupant && slot.occupant !== before) this.#rolledBack.push(slot.index)
    } catch (error) {
      const worker = slot.occupant ?? slot.lost
      if (this.#machine.state === 'rolling-back' && !isClosed(slot) && worker)
        this.#host.failed(worker, error as ManifoldError)
    }
  }
}

/** Taken away by `scale`, or by a stop. */
function isClosed(slot: Slot): boolean {
  return slot.state === 'closed'
}

async function settled(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {})
}
