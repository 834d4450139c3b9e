import type { ExitReason } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import type { Worker } from '@manifold/groups'

export type RestartPolicy = 'always' | 'on-failure' | 'never'

export interface RestartOptions {
  /**
   * Which workers are replaced: all; those that failed (they did not come up, exit with another code than 0, die of a
   * signal, report something uncaught, or hang); none. @default 'always'
   */
  readonly policy?: RestartPolicy
  /** Decides instead of the policy, once the worker is gone. If it throws, the worker is replaced. */
  readonly on?: (reason: ExitReason, worker: Worker) => boolean
  /**
   * The first restart of a slot is at once, and so is the first after a stable life. Before the next, in ms; jitter
   * takes away up to half. Not waited for while a worker stands by. @default 100
   */
  readonly minDelayMs?: number
  /** The delay doubles with every restart that follows on a short life, up to this, in ms. @default 30_000, or `minDelayMs` if that is more */
  readonly maxDelayMs?: number
  /** A worker that served for so long counts as stable: the next restart is at once again, in ms. @default 30_000 */
  readonly stableAfterMs?: number
  /**
   * More restarts of a group than this within `withinMs` are a crash loop. @default 10, or three for each slot if that
   * is more: all workers may die at once, and again
   */
  readonly maxRestarts?: number
  /** In ms. @default 60_000 */
  readonly withinMs?: number
  /**
   * In a crash loop: go on, each time after the longest delay, until nobody has died for `withinMs`; or leave the slots
   * vacant until `resume()`, a reload, or more slots. @default 'retry'
   */
  readonly onCrashLoop?: 'retry' | 'giveUp'
  /** Whether groups that come `after` this one are reloaded when a worker that died has been replaced. @default false */
  readonly dependants?: boolean
}

/** The same, checked and with defaults. */
export interface RestartConfig {
  readonly policy: RestartPolicy
  readonly on: ((reason: ExitReason, worker: Worker) => boolean) | undefined
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly stableAfterMs: number
  /** If none is given, it depends on how many slots there are. */
  readonly maxRestarts: number | undefined
  readonly withinMs: number
  readonly onCrashLoop: 'retry' | 'giveUp'
  readonly dependants: boolean
}

const KEYS = [
  ...['policy', 'on', 'minDelayMs', 'maxDelayMs', 'stableAfterMs'],
  ...['maxRestarts', 'withinMs', 'onCrashLoop', 'dependants'],
]

export function parseRestart(option: string, value: unknown): RestartConfig {
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, KEYS)
  const { policy = 'always', on, minDelayMs = 100, stableAfterMs = 30_000 } = given
  const { maxRestarts, withinMs = 60_000, onCrashLoop = 'retry', dependants = false } = given
  const minimum = validate.milliseconds(`${option}.minDelayMs`, minDelayMs)
  const { maxDelayMs = Math.max(30_000, minimum) } = given
  return {
    policy: validate.oneOf(`${option}.policy`, policy, ['always', 'on-failure', 'never'] as const),
    on: on === undefined ? undefined : (validate.callable(`${option}.on`, on) as RestartConfig['on']),
    minDelayMs: minimum,
    maxDelayMs: validate.milliseconds(`${option}.maxDelayMs`, maxDelayMs, minimum),
    stableAfterMs: validate.milliseconds(`${option}.stableAfterMs`, stableAfterMs),
    maxRestarts:
      maxRestarts === undefined
        ? undefined
        : validate.integer(`${option}.maxRestarts`, maxRestarts, 0, 1_000_000),
    withinMs: validate.milliseconds(`${option}.withinMs`, withinMs, 1),
    onCrashLoop: validate.oneOf(`${option}.onCrashLoop`, onCrashLoop, ['retry', 'giveUp'] as const),
    dependants: validate.flag(`${option}.dependants`, dependants),
  }
}
