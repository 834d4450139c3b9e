export interface PacerOptions {
  /** Calls per second. */
  rate: number
  /** Ends by itself after this time. */
  durationMs: number
  /** Told of each call that is due: its number, from 0 on, and when it was due, as `performance.now()` has it. */
  begin(index: number, dueAt: number): void
  /** The time is over. */
  ended(): void
}

/** Calls at a constant rate, by an absolute timetable: nothing that one call does puts a later one off. */
export class Pacer {
  readonly startedAt = performance.now()
  readonly #options: PacerOptions
  #count = 0
  #lateMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: PacerOptions) {
    this.#options = options
  }

  /** By how much a call came late at worst, because this process was busy. */
  get lateMs(): number {
    return this.#lateMs
  }

  start(): void {
    const { rate, durationMs, begin, ended } = this.#options
    for (;;) {
      const dueMs = (this.#count * 1000) / rate
      if (dueMs >= durationMs) {
        ended()
        return
      }
      const lateMs = performance.now() - this.startedAt - dueMs
      if (lateMs < 0) {
        this.#timer = setTimeout(() => this.start(), -lateMs)
        return
      }
      this.#lateMs = Math.max(this.#lateMs, lateMs)
      begin(this.#count++, this.startedAt + dueMs)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
