/** A timer that can be called off. Calling it off twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * Time and chance, as a port: tests put a fake in its place. `now` is monotonic, in milliseconds, and on one
 * machine the same for all processes (`CLOCK_MONOTONIC`), so that a deadline can cross a channel.
 */
export interface Clock {
  now(): number
  /** Runs `callback` once, `delayMs` from now. The timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer
  /**
   * Runs `callback` once this process has read what has come for it. Timers that are due run before that, however long
   * the process was held up: whoever judges by a time that has passed must have listened first.
   */
  afterReading(callback: () => void): Timer
  /** A number from 0 up to, but not including, 1. */
  random(): number
}

/** A timer of Node's counts in 31 bits; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint() / 1_000n) / 1_000,
  after(delayMs, callback) {
    const timeout = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS))
    timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  },
  afterReading(callback) {
    // An immediate follows the reading of its turn, unless it was set by what is read itself.
    let immediate = setImmediate(() => {
      immediate = setImmediate(callback)
    })
    return { cancel: () => clearImmediate(immediate) }
  },
  random: Math.random,
}
