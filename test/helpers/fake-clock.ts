import type { Clock, Timer } from '@manifold/core'

interface Due {
  readonly at: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on. Chance is what the test sets it to. */
export class FakeClock implements Clock {
  chance = 0.5
  #now = 0
  #due: Due[] = []

  now(): number {
    return this.#now
  }

  random(): number {
    return this.chance
  }

  after(delayMs: number, callback: () => void): Timer {
    const due = { at: this.#now + delayMs, callback }
    this.#due.push(due)
    return { cancel: () => this.#remove(due) }
  }

  /** There is nothing to read in a fake world: at once, but not within this call. */
  afterReading(callback: () => void): Timer {
    return this.after(0, callback)
  }

  /** Timers that have neither fired nor been called off. */
  get pending(): number {
    return this.#due.length
  }

  /** Lets time pass, and runs what falls due on the way, in order, also what is set meanwhile. */
  advance(byMs: number): void {
    const until = this.#now + byMs
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#remove(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = until
  }

  #next(until: number): Due | undefined {
    const first = this.#due.reduce<Due | undefined>(
      (best, due) => (!best || due.at < best.at ? due : best),
      undefined,
    )
    return first && first.at <= until ? first : undefined
  }

  #remove(due: Due): void {
    this.#due = this.#due.filter((other) => other !== due)
  }
}

/** Time that passes without anything being run, as when the process is stopped. */
export class StoppableClock extends FakeClock {
  #skippedMs = 0

  override now(): number {
    return super.now() + this.#skippedMs
  }

  skip(ms: number): void {
    this.#skippedMs += ms
  }
}
