import type { ManifoldError, Timer } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { StandbyVacancy, Worker } from '@manifold/groups'
import { listen, type Part, type PartHost } from '../part.js'
import { Backoff } from './backoff.js'

const debug = log('standby')

interface Reserve {
  readonly backoff: Backoff
  timer: Timer | undefined
}

/** Has workers that stand by started again when they are gone: later with every time, as with slots. */
export class Standbys implements Part {
  readonly #host: PartHost
  readonly #isInCrashLoop: (group: string) => boolean
  readonly #standingSince = new WeakMap<Worker, number>()
  readonly #reserves = new Map<string, Reserve>()
  readonly #unsubscribe: () => void

  constructor(host: PartHost, isInCrashLoop: (group: string) => boolean = () => false) {
    this.#host = host
    this.#isInCrashLoop = isInCrashLoop
    this.#unsubscribe = listen(host.master, {
      standby: (worker) => this.#standingSince.set(worker, host.clock.now()),
      standbyVacant: (vacancy) => this.#vacant(vacancy),
      groupRemoved: (group) => {
        this.#reserves.get(group)?.timer?.cancel()
        this.#reserves.delete(group)
      },
    })
  }

  stop(): void {
    this.#unsubscribe()
    for (const { timer } of this.#reserves.values()) timer?.cancel()
    this.#reserves.clear()
  }

  #vacant({ group, worker }: StandbyVacancy): void {
    if (this.#host.master.state !== 'running') return
    const reserve = this.#reserve(group)
    // It will be made up for together with those before.
    if (reserve.timer) return
    const since = this.#standingSince.get(worker)
    const stoodMs = since === undefined ? undefined : this.#host.clock.now() - since
    this.#replenishIn(group, reserve, reserve.backoff.next(stoodMs))
  }

  #replenishIn(group: string, reserve: Reserve, delayMs: number): void {
    reserve.timer = this.#host.clock.after(delayMs, () => {
      reserve.timer = undefined
      // Those that stand by would die as those that serve do, in their place.
      if (this.#isInCrashLoop(group)) this.#replenishIn(group, reserve, reserve.backoff.longest())
      else void this.#replenish(group)
    })
  }

  /** Whoever does not come so far is vacant again. */
  async #replenish(group: string): Promise<void> {
    const { master } = this.#host
    if (master.state !== 'running') return
    try {
      await master.group(group).replenish()
    } catch (error) {
      debug('nobody stands by in %s: %s', group, (error as ManifoldError).message)
    }
  }

  #reserve(group: string): Reserve {
    let reserve = this.#reserves.get(group)
    if (!reserve) {
      const { clock } = this.#host
      const backoff = new Backoff(this.#host.rulesOf(group).restart, () => clock.random())
      reserve = { backoff, timer: undefined }
      this.#reserves.set(group, reserve)
    }
    return reserve
  }
}
