import type { ManifoldError, Timer } from '@manifold/core'
import { EventEmitter, log } from '@manifold/core/internal'
import type { Master, Vacancy } from '@manifold/groups'
import { Backoff } from './backoff.js'
import type { SupervisorEvents } from './events.js'
import type { SuperviseConfig } from './options.js'

const debug = log('supervisor')

/**
 * Fills the slots of a master that lose their worker. It knows the master by its events and methods only; a slot
 * that is vacated while the master starts or stops is none of its business.
 */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #master: Master
  readonly #config: SuperviseConfig
  readonly #backoffs = new Map<string, Backoff>()
  readonly #timers = new Map<string, Timer>()
  readonly #onVacant = (vacancy: Vacancy) => this.#schedule(vacancy)

  constructor(master: Master, config: SuperviseConfig) {
    super()
    this.#master = master
    this.#config = config
    master.on('vacant', this.#onVacant)
  }

  /** Leaves the master alone from now on. Idempotent. */
  stop(): void {
    this.#master.off('vacant', this.#onVacant)
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #schedule({ group, slot, worker }: Vacancy): void {
    if (this.#master.state !== 'running') return
    const key = `${group}/${slot}`
    const delayMs = this.#backoff(key).next(worker.uptimeMs)
    debug('slot %d of %s is filled in %d ms', slot, group, delayMs)
    this.#timers.get(key)?.cancel()
    const timer = this.#config.clock.after(delayMs, () => {
      this.#timers.delete(key)
      void this.#fill(group, slot)
    })
    this.#timers.set(key, timer)
    this.emit('backoff', { group, slot, delayMs })
  }

  /** A worker that does not come up vacates the slot again, which schedules the next. */
  async #fill(group: string, slot: number): Promise<void> {
    if (this.#master.state !== 'running') return
    try {
      this.emit('respawn', await this.#master.group(group).fill(slot))
    } catch (thrown) {
      const error = thrown as ManifoldError
      debug('slot %d of %s: %o', slot, group, error)
      // A state that does not fit: a reload has filled it in the meantime, or it is closed.
      if (this.#master.state !== 'running' || error.code === 'ERR_MANIFOLD_STATE') return
      this.emit('failed', { group, slot, error })
    }
  }

  #backoff(key: string): Backoff {
    let backoff = this.#backoffs.get(key)
    if (!backoff) {
      backoff = new Backoff(this.#config.restart, () => this.#config.clock.random())
      this.#backoffs.set(key, backoff)
    }
    return backoff
  }
}
