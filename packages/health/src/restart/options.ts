import type { ExitReason } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import type { Worker } from '@manifold/groups'
import { PACE_KEYS, type PaceConfig, type PaceOptions, parsePace } from './pace.js'

export type RestartPolicy = 'always' | 'on-failure' | 'never'

export interface RestartOptions extends PaceOptions {
  /**
   * Which workers are replaced: all; those that failed (they did not come up, exit with another code than 0, die of a
   * signal, report something uncaught, or hang); none. @default 'always'
   */
  readonly policy?: RestartPolicy
  /** Decides instead of the policy, once the worker is gone. If it throws, the worker is replaced. */
  readonly on?: (reason: ExitReason, worker: Worker) => boolean
  /** Whether groups that come `after` this one are reloaded when a worker that died has been replaced. @default false */
  readonly dependants?: boolean
}

/** The same, checked and with defaults. */
export interface RestartConfig extends PaceConfig {
  readonly policy: RestartPolicy
  readonly on: ((reason: ExitReason, worker: Worker) => boolean) | undefined
  readonly dependants: boolean
}

export function parseRestart(option: string, value: unknown): RestartConfig {
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['policy', 'on', ...PACE_KEYS, 'dependants'])
  const { policy = 'always', on, dependants = false } = given
  return {
    policy: validate.oneOf(`${option}.policy`, policy, ['always', 'on-failure', 'never'] as const),
    on: on === undefined ? undefined : (validate.callable(`${option}.on`, on) as RestartConfig['on']),
    ...parsePace(option, given),
    dependants: validate.flag(`${option}.dependants`, dependants),
  }
}
