import { type Clock, systemClock } from '@manifold/core'
import { validate } from '@manifold/core/internal'

export interface RestartOptions {
  /** Before the first restart after a stable run, in ms. @default 100 */
  readonly minDelayMs?: number
  /** The delay doubles with every restart that follows soon, up to this, in ms. @default 30_000 */
  readonly maxDelayMs?: number
  /** A worker that lived this long counts as stable: the delay starts over, in ms. @default 30_000 */
  readonly stableAfterMs?: number
}

export interface SuperviseOptions {
  readonly restart?: RestartOptions
}

/** The same, checked and with defaults. */
export interface RestartConfig {
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly stableAfterMs: number
}

export interface SuperviseConfig {
  readonly restart: RestartConfig
  readonly clock: Clock
}

export function parseOptions(options: unknown, clock: Clock = systemClock): SuperviseConfig {
  const given = validate.record('options', options)
  validate.onlyKnownKeys('options', given, ['restart'])
  const restart = given.restart === undefined ? {} : validate.record('restart', given.restart)
  validate.onlyKnownKeys('restart', restart, ['minDelayMs', 'maxDelayMs', 'stableAfterMs'])
  const { minDelayMs = 100, stableAfterMs = 30_000 } = restart
  const minimum = validate.milliseconds('restart.minDelayMs', minDelayMs)
  const { maxDelayMs = Math.max(30_000, minimum) } = restart
  return {
    restart: {
      minDelayMs: minimum,
      maxDelayMs: validate.milliseconds('restart.maxDelayMs', maxDelayMs, minimum),
      stableAfterMs: validate.milliseconds('restart.stableAfterMs', stableAfterMs),
    },
    clock,
  }
}
