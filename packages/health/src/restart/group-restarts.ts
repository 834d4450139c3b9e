import type { ManifoldError, Timer } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { PartHost } from '../part.js'
import { Backoff } from './backoff.js'
import { CrashLoop } from './crash-loop.js'
import type { FailureKind } from './intensity.js'
import type { RestartConfig } from './options.js'

const debug = log('restarts')

/** A reload has filled the slot in the meantime, it was taken away, or its group is being removed, or was. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'ERR_MANIFOLD_STATE',
  'ERR_MANIFOLD_STOPPED',
  'ERR_MANIFOLD_OPTION',
])

/** Fills the slots of one group, sooner or later, or not any more. */
export class GroupRestarts {
  readonly #group: string
  readonly #config: RestartConfig
  readonly #host: PartHost
  readonly #loop: CrashLoop
  readonly #backoffs = new Map<number, Backoff>()
  /** The slots that will be filled, and whether their last worker had been ready. */
  readonly #pending = new Map<number, { readonly timer: Timer; readonly kind: FailureKind }>()
  readonly #filling = new Set<number>()
  readonly #givenUp = new Set<number>()

  constructor(group: string, host: PartHost) {
    this.#group = group
    this.#host = host
    this.#config = host.rulesOf(group).restart
    this.#loop = new CrashLoop(this.#config, host.clock, {
      slots: () => host.master.groups.find(({ name }) => name === group)?.status().workers ?? 0,
      isWhole: () => this.#pending.size + this.#filling.size + this.#givenUp.size === 0,
      begins: (figures) => {
        host.emit('crashloop', { group, ...figures, withinMs: this.#config.withinMs })
        for (const [slot, { kind }] of [...this.#pending]) this.#wait(slot, kind)
      },
      ends: () => host.emit('stable', { group }),
    })
  }

  get inCrashLoop(): boolean {
    return this.#loop.going
  }

  /** A slot is vacant, and shall not stay so. `servedMs`: how long its last worker was ready; undefined if it never was. */
  restart(slot: number, servedMs: number | undefined): void {
    const kind = servedMs === undefined ? 'start' : 'run'
    // Drawn also where it is not used: it has to know of every failure.
    const delayMs = this.#backoff(slot).next(servedMs)
    this.taken(slot)
    this.died(kind)
    // One that has come so far already costs nothing to begin with; a crash loop is told all the same.
    this.#wait(slot, kind, kind === 'run' && this.#isStandbyWaiting() ? 0 : delayMs)
  }

  /** A worker that served is dead; whether its slot is served, is seen to. */
  died(kind: FailureKind): void {
    this.#loop.died(kind)
  }

  /** A worker of the group is ready. */
  ready(): void {
    this.#loop.waitAnew()
  }

  /** Somebody fills the slot. */
  taken(slot: number): void {
    this.#pending.get(slot)?.timer.cancel()
    this.#pending.delete(slot)
    this.#givenUp.delete(slot)
  }

  /** Nobody will fill the slot, for now. */
  leave(slot: number): void {
    this.#host.master.groups.find(({ name }) => name === this.#group)?.leaveVacant(slot)
  }

  /** The slot does not exist any more. One of that number that comes later has a history of its own. */
  forget(slot: number): void {
    this.taken(slot)
    this.#backoffs.delete(slot)
    this.#loop.waitAnew()
  }

  /** Nothing is held against its workers any longer. What is vacant is filled at once. */
  resume(): void {
    const slots = [...this.#givenUp, ...this.#pending.keys()]
    this.#givenUp.clear()
    this.#backoffs.clear()
    this.#loop.tryAgain()
    for (const slot of slots) this.#fillIn(slot, 'run', 0)
  }

  stop(): void {
    for (const [slot, { timer }] of this.#pending) {
      timer.cancel()
      this.leave(slot)
    }
    this.#pending.clear()
    this.#loop.stop()
  }

  #wait(slot: number, kind: FailureKind, delayMs = this.#backoff(slot).longest()): void {
    const group = this.#group
    if (this.#loop.going && this.#config.onCrashLoop === 'giveUp') {
      this.taken(slot)
      this.#givenUp.add(slot)
      this.leave(slot)
      this.#host.emit('giveup', { group, slot })
      return
    }
    const ms = Math.round(this.#loop.going ? this.#backoff(slot).longest() : delayMs)
    this.#fillIn(slot, kind, ms)
    const { startFailures, runFailures } = this.#loop.figures
    this.#host.emit('backoff', { group, slot, delayMs: ms, kind, startFailures, runFailures })
  }

  #fillIn(slot: number, kind: FailureKind, delayMs: number): void {
    debug('slot %d of %s is filled in %d ms', slot, this.#group, delayMs)
    this.#pending.get(slot)?.timer.cancel()
    const timer = this.#host.clock.after(delayMs, () => {
      this.#pending.delete(slot)
      void this.#fill(slot)
    })
    this.#pending.set(slot, { timer, kind })
  }

  /** A worker that does not come up vacates the slot again, which schedules the next. */
  async #fill(slot: number): Promise<void> {
    const group = this.#group
    const { master } = this.#host
    if (master.state !== 'running') return
    this.#filling.add(slot)
    try {
      this.#host.emit('respawn', await master.group(group).fill(slot))
    } catch (thrown) {
      const error = thrown as ManifoldError
      debug('slot %d of %s: %o', slot, group, error)
      if (master.state !== 'running' || NOT_OURS.has(error.code)) return
      this.#host.emit('failed', { group, slot, error, startFailures: this.#loop.figures.startFailures })
    } finally {
      this.#filling.delete(slot)
    }
  }

  #isStandbyWaiting(): boolean {
    const group = this.#host.master.groups.find(({ name }) => name === this.#group)
    return group?.workers.some(({ state }) => state === 'waiting') ?? false
  }

  #backoff(slot: number): Backoff {
    let backoff = this.#backoffs.get(slot)
    if (!backoff) {
      backoff = new Backoff(this.#config, () => this.#host.clock.random())
      this.#backoffs.set(slot, backoff)
    }
    return backoff
  }
}
