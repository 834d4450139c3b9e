import type { ManifoldError, Timer } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { Vacancy } from '@manifold/groups'
import { listen, type Part, type PartHost } from '../part.js'
import { Backoff } from './backoff.js'

const debug = log('restarts')

/** A reload has filled the slot in the meantime, it was taken away, or its group is being removed, or was. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'ERR_MANIFOLD_STATE',
  'ERR_MANIFOLD_STOPPED',
  'ERR_MANIFOLD_OPTION',
])

/** Fills the slots that lose their worker. Those that are vacated while the master starts or stops are not its business. */
export class Restarts implements Part {
  readonly #host: PartHost
  readonly #backoffs = new Map<string, Backoff>()
  readonly #timers = new Map<string, Timer>()
  readonly #unsubscribe: () => void

  constructor(host: PartHost) {
    this.#host = host
    this.#unsubscribe = listen(host.master, {
      vacant: (vacancy) => this.#schedule(vacancy),
      scale: ({ group, from, to }) => {
        for (let slot = to; slot < from; slot++) this.#forget(`${group}/${slot}`)
      },
      groupRemoved: (group) => {
        for (const key of this.#backoffs.keys()) if (key.startsWith(`${group}/`)) this.#forget(key)
      },
    })
  }

  stop(): void {
    this.#unsubscribe()
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #schedule({ group, slot, worker }: Vacancy): void {
    if (this.#host.master.state !== 'running') return
    const key = `${group}/${slot}`
    const delayMs = this.#backoff(key, group).next(worker.uptimeMs)
    debug('slot %d of %s is filled in %d ms', slot, group, delayMs)
    this.#timers.get(key)?.cancel()
    const timer = this.#host.clock.after(delayMs, () => {
      this.#timers.delete(key)
      void this.#fill(group, slot)
    })
    this.#timers.set(key, timer)
    this.#host.emit('backoff', { group, slot, delayMs })
  }

  /** A worker that does not come up vacates the slot again, which schedules the next. */
  async #fill(group: string, slot: number): Promise<void> {
    const { master } = this.#host
    if (master.state !== 'running') return
    try {
      this.#host.emit('respawn', await master.group(group).fill(slot))
    } catch (thrown) {
      const error = thrown as ManifoldError
      debug('slot %d of %s: %o', slot, group, error)
      if (master.state !== 'running' || NOT_OURS.has(error.code)) return
      this.#host.emit('failed', { group, slot, error })
    }
  }

  /** The slot does not exist any more. One of that number that comes later has a history of its own. */
  #forget(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
    this.#backoffs.delete(key)
  }

  #backoff(key: string, group: string): Backoff {
    let backoff = this.#backoffs.get(key)
    if (!backoff) {
      backoff = new Backoff(this.#host.rulesOf(group).restart, () => this.#host.clock.random())
      this.#backoffs.set(key, backoff)
    }
    return backoff
  }
}
