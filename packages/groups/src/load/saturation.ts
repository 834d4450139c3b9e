import type { Clock, Timer } from '@manifold/core'

/** For how long there must be room for it to be over, in ms: at the limit, connections come and go. */
const OVER_MS = 1_000

/** Whether a group has all the connections that it may: once for the whole time that it is at its limit. */
export class Saturation {
  readonly #clock: Clock
  readonly #changed: (saturated: boolean) => void
  #saturated = false
  #closed = false
  #over: Timer | undefined

  constructor(clock: Clock, changed: (saturated: boolean) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  get saturated(): boolean {
    return this.#saturated
  }

  /** There is no room for another connection, or there is. */
  set(full: boolean): void {
    if (this.#closed) return
    if (full) {
      this.#over?.cancel()
      this.#over = undefined
      if (!this.#saturated) this.#become(true)
    } else if (this.#saturated) {
      this.#over ??= this.#clock.after(OVER_MS, () => {
        this.#over = undefined
        this.#become(false)
      })
    }
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#closed = true
    this.#over?.cancel()
  }

  #become(saturated: boolean): void {
    this.#saturated = saturated
    this.#changed(saturated)
  }
}
