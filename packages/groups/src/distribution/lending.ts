import type { Clock } from '@manifold/core'
import type { Seat } from './seat.js'

/** How long it is waited, at the end, that workers which were full get their sockets again, and how often is looked. */
const FINISH_MS = 500
const PAUSE_MS = 10

/** Which workers are full, and which sockets are on their way to those that no longer are. */
export class Lending {
  readonly #full = new Set<Seat>()
  readonly #clock: Clock
  #onTheWay = 0
  /** Whether there is a limit, and somebody has reached it. */
  #limited = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isFull(seat: Seat): boolean {
    return this.#full.has(seat)
  }

  filled(seat: Seat): void {
    this.#full.add(seat)
    this.#limited = true
  }

  /** Whether it was full. */
  freed(seat: Seat): boolean {
    return this.#full.delete(seat)
  }

  /** A socket is sent; the result is to be called once it has arrived, or will not. */
  sending(): () => void {
    this.#onTheWay++
    return () => {
      this.#onTheWay--
    }
  }

  /** Resolves when nobody is full any more, and all that was sent has arrived; at once if nobody ever was. */
  async finish(): Promise<void> {
    if (!this.#limited) return
    const deadline = this.#clock.now() + FINISH_MS
    while ((this.#full.size > 0 || this.#onTheWay > 0) && this.#clock.now() < deadline) {
      await new Promise<void>((resolve) => {
        this.#clock.after(PAUSE_MS, resolve)
      })
    }
  }
}
