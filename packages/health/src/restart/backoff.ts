import type { RestartConfig } from './options.js'

type BackoffConfig = Pick<RestartConfig, 'minDelayMs' | 'maxDelayMs' | 'stableAfterMs'>

/**
 * How long to wait before the next restart: nothing known against it, at most `minDelayMs`; twice as long with every
 * restart that follows on a short life, up to `maxDelayMs`. Jitter takes away up to half of it, so that slots that
 * died together do not come back together.
 */
export class Backoff {
  readonly #config: BackoffConfig
  readonly #random: () => number
  #failures = 0

  constructor(config: BackoffConfig, random: () => number) {
    this.#config = config
    this.#random = random
  }

  /** @param uptimeMs how long the worker lived that is to be replaced. */
  next(uptimeMs: number): number {
    const { minDelayMs, maxDelayMs, stableAfterMs } = this.#config
    if (uptimeMs >= stableAfterMs) this.#failures = 0
    // The exponent is bounded, as 2 ** 1024 is no longer a number.
    const fullMs = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(this.#failures, 40))
    this.#failures++
    return fullMs * (1 - this.#random() / 2)
  }
}
