import type { Clock, Timer } from '@manifold/core'
import { Lookout } from '@manifold/core/internal'

/** How many times it looks in the time that a master has. */
const LOOKS = 5

/** Notices when a master has not been heard for too long, once. Time in which the guardian itself was held up does not count. */
export class MasterSilence {
  readonly #everyMs: number
  readonly #clock: Clock
  readonly #lookout: Lookout
  readonly #silent: () => void
  #heardAt: number
  #timer: Timer | undefined

  constructor(timeoutMs: number, clock: Clock, silent: () => void) {
    this.#everyMs = timeoutMs / LOOKS
    this.#clock = clock
    this.#heardAt = clock.now()
    this.#lookout = new Lookout(timeoutMs, this.#everyMs, this.#heardAt)
    this.#silent = silent
    this.#lookLater()
  }

  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #lookLater(): void {
    this.#timer = this.#clock.after(this.#everyMs, () => {
      // What it said in the meantime is still to be read.
      this.#timer = this.#clock.afterReading(() => {
        if (this.#lookout.hangs(this.#clock.now(), this.#heardAt)) this.#silent()
        else this.#lookLater()
      })
    })
  }
}
