import { countServing, type Silent } from '../serving.js'
import type { SupervisorStatus } from '../status.js'

/** Whether a group can take requests; if not, why. */
export interface GroupReadiness {
  /** How many workers there should be. */
  readonly workers: number
  /** How many of them are ready, and have not fallen silent. */
  readonly serving: number
  readonly reason?: string
}

export interface Readiness {
  readonly ready: boolean
  /** Why not, for people. */
  readonly reasons: readonly string[]
  readonly groups: Readonly<Record<string, GroupReadiness>>
}

/**
 * A master is ready while it runs and every group that should have workers has one that serves. As soon as it stops it
 * is so no longer, while its workers still finish what they have: who balances load over machines looks elsewhere.
 *
 * @param silent the ids of the workers that are known to hang.
 */
export function readiness(
  { state, groups: statuses, supervision }: SupervisorStatus,
  silent: Silent,
): Readiness {
  const groups = Object.fromEntries(
    Object.entries(statuses).map(([name, status]): [string, GroupReadiness] => {
      const { workers, slots } = status
      const serving = countServing(status, silent)
      if (serving > 0 || workers === 0) return [name, { workers, serving }]
      const reason = supervision[name]?.crashLoop
        ? 'its workers crash over and over'
        : slots.some(({ worker }) => worker?.state === 'ready')
          ? 'all its workers hang'
          : 'no worker is ready'
      return [name, { workers, serving, reason }]
    }),
  )
  const reasons = Object.entries(groups).flatMap(([name, { reason }]) =>
    reason === undefined ? [] : `group '${name}': ${reason}`,
  )
  if (state !== 'running') reasons.unshift(`the master is ${state}`)
  return { ready: reasons.length === 0, reasons, groups }
}
