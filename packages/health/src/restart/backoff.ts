import type { PaceConfig } from './pace.js'

type BackoffConfig = Pick<PaceConfig, 'minDelayMs' | 'maxDelayMs' | 'stableAfterMs'>

/**
 * How long to wait before the next restart. After a stable life not at all; then at most `minDelayMs`, and twice as long
 * with every restart that follows on a short life, up to `maxDelayMs`. Jitter takes away up to half of it, so that slots
 * that died together do not come back together.
 */
export class Backoff {
  readonly #config: BackoffConfig
  readonly #random: () => number
  #failures = 0

  constructor(config: BackoffConfig, random: () => number) {
    this.#config = config
    this.#random = random
  }

  /** @param servedMs for how long the worker was ready that is to be replaced; undefined if it never was. */
  next(servedMs: number | undefined): number {
    const { minDelayMs, maxDelayMs, stableAfterMs } = this.#config
    if (servedMs !== undefined && servedMs >= stableAfterMs) this.#failures = 0
    // Whoever does not come up does so even less at once.
    if (servedMs === undefined && this.#failures === 0) this.#failures = 1
    const doubled = this.#failures++ - 1
    if (doubled < 0) return 0
    // The exponent is bounded, as 2 ** 1024 is no longer a number.
    return this.#jittered(Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(doubled, 40)))
  }

  /** What nothing waits longer than. */
  longest(): number {
    return this.#jittered(this.#config.maxDelayMs)
  }

  #jittered(ms: number): number {
    return ms * (1 - this.#random() / 2)
  }
}
