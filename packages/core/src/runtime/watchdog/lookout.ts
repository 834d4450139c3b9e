/** Judges by when an event loop turned last whether it hangs; once for each time that it does. */
export class Lookout {
  readonly #hangMs: number
  readonly #everyMs: number
  #lookedAt: number
  #tickedAt = 0
  /** Since when it has not turned, as far as that counts. */
  #since: number
  #reported = false

  /** `now`: what was before is not counted. */
  constructor(hangMs: number, everyMs: number, now: number) {
    this.#hangMs = hangMs
    this.#everyMs = everyMs
    this.#lookedAt = now
    this.#since = now
  }

  /** For how long it had not turned at the last look, in ms. */
  get hungMs(): number {
    return this.#lookedAt - this.#since
  }

  /**
   * To be called every `everyMs`. If that comes late the whole process may have been stopped, or the machine have been
   * short of time: what is lost so counts against nobody.
   */
  hangs(now: number, tickedAt: number): boolean {
    const lateMs = Math.max(0, now - this.#lookedAt - this.#everyMs)
    this.#lookedAt = now
    if (tickedAt !== this.#tickedAt) {
      this.#tickedAt = tickedAt
      this.#since = Math.max(this.#since, tickedAt)
      this.#reported = false
    }
    // It may have turned between the last look and the stop.
    if (lateMs > this.#everyMs) this.#since = Math.min(now, this.#since + lateMs)
    if (this.#reported || this.hungMs <= this.#hangMs) return false
    this.#reported = true
    return true
  }
}
