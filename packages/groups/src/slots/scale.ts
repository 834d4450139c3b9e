import { ManifoldError } from '@manifold/core'
import type { Releases } from '../reload/releases.js'
import type { Emit } from '../workers/launch.js'
import type { Slot } from './slot.js'
import type { Slots } from './slots.js'

/** Changes how many slots a group has. */
export class Scale {
  readonly #group: string
  readonly #slots: Slots
  readonly #releases: Releases
  readonly #emit: Emit
  #last: Promise<void> = Promise.resolve()

  constructor(group: string, slots: Slots, releases: Releases, emit: Emit) {
    this.#group = group
    this.#slots = slots
    this.#releases = releases
    this.#emit = emit
  }

  /** Acts at once, whatever else goes on. If there are so many already, the last change is waited for. */
  async to(count: number): Promise<void> {
    const from = this.#slots.list.length
    if (count === from) return this.#last
    const done = count > from ? this.#grow(count) : this.#slots.shrink(count)
    this.#last = done
    // Whoever comes after that waits for nothing, nor fails for it.
    const forget = () => {
      if (this.#last === done) this.#last = Promise.resolve()
    }
    done.then(forget, forget)
    this.#emit('scale', { group: this.#group, from, to: count })
    return done
  }

  async #grow(count: number): Promise<void> {
    await Promise.all(this.#slots.grow(count).map((slot) => this.#fill(slot)))
  }

  async #fill(slot: Slot): Promise<void> {
    try {
      await this.#releases.fillNew(slot)
    } catch (error) {
      if (slot.state !== 'closed') throw error
      const message = `group '${this.#group}' has lost slot ${slot.index} to a later scale()`
      throw new ManifoldError('ERR_MANIFOLD_STATE', message, { cause: error })
    }
  }
}
