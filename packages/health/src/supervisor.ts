import type { ManifoldError, Timer } from '@manifold/core'
import { EventEmitter, log } from '@manifold/core/internal'
import type { Master, Scaling, Vacancy } from '@manifold/groups'
import { Backoff } from './backoff.js'
import type { SupervisorEvents } from './events.js'
import type { SuperviseConfig } from './options.js'

const debug = log('supervisor')

/** A reload has filled the slot in the meantime, it was taken away, or its group is being removed, or was. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'ERR_MANIFOLD_STATE',
  'ERR_MANIFOLD_STOPPED',
  'ERR_MANIFOLD_OPTION',
])

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
  readonly #onScale = ({ group, from, to }: Scaling) => {
    for (let slot = to; slot < from; slot++) this.#forget(`${group}/${slot}`)
  }
  readonly #onRemoved = (group: string) => {
    for (const key of this.#backoffs.keys()) if (key.startsWith(`${group}/`)) this.#forget(key)
  }

  constructor(master: Master, config: SuperviseConfig) {
    super()
    this.#master = master
    this.#config = config
    master.on('vacant', this.#onVacant)
    master.on('scale', this.#onScale)
    master.on('groupRemoved', this.#onRemoved)
  }

  /** Leaves the master alone from now on. Idempotent. */
  stop(): void {
    this.#master.off('vacant', this.#onVacant)
    this.#master.off('scale', this.#onScale)
    this.#master.off('groupRemoved', this.#onRemoved)
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
      if (this.#master.state !== 'running' || NOT_OURS.has(error.code)) return
      this.emit('failed', { group, slot, error })
    }
  }

  /** The slot does not exist any more. One of that number that comes later has a history of its own. */
  #forget(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
    this.#backoffs.delete(key)
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
