import type { ExitReason } from '@manifold/core'
import { throwLater } from '@manifold/core/internal'
import type { Worker } from '@manifold/groups'
import type { RestartConfig } from './options.js'

/** Whether a worker that ended so did not just finish by itself. */
export function isFailure(reason: ExitReason): boolean {
  return reason.type !== 'exited' || reason.code !== 0 || reason.asked
}

/** Whether the slot of a worker that is gone is to be filled. */
export function isRestarted(
  { policy, on }: RestartConfig,
  reason: ExitReason,
  worker: Worker,
  isFaulty: boolean,
): boolean {
  if (!on) return policy === 'always' || (policy === 'on-failure' && (isFaulty || isFailure(reason)))
  try {
    return Boolean(on(reason, worker))
  } catch (error) {
    // A mistake there must not cost the slot its worker; it comes up as an uncaught exception, as ever.
    throwLater(error)
    return true
  }
}

/** The same, if that is known before the worker is gone. */
export function isRestartedAnyway({ policy, on }: RestartConfig, isFaulty: boolean): boolean {
  return !on && (policy === 'always' || (policy === 'on-failure' && isFaulty))
}
