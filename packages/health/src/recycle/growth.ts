/** How long a worker takes to reach the size that it needs. */
const WARM_MS = 60_000
/** In its first minute what it has loaded is no leak: it must have doubled since its first beats. */
const COLD_GROWTH = 2
const GROWTH = 1.25
const FIRST_BEATS = 3

/** Whether the memory of a worker has grown beyond what it needed at first. */
export class Growth {
  #first = 0
  #beats = 0
  #warm: number | undefined
  #rssBytes = 0

  get rssBytes(): number {
    return this.#rssBytes
  }

  take(rssBytes: number, ageMs: number): void {
    this.#rssBytes = rssBytes
    if (this.#beats++ < FIRST_BEATS) this.#first = rssBytes
    if (ageMs >= WARM_MS) this.#warm ??= rssBytes
  }

  get hasGrown(): boolean {
    if (this.#warm !== undefined) return this.#rssBytes > this.#warm * GROWTH
    return this.#beats > FIRST_BEATS && this.#rssBytes > this.#first * COLD_GROWTH
  }
}
