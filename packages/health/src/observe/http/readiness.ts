import type { Master } from '@manifold/groups'

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
 * @param crashLooping the groups that are known to crash over and over.
 */
export function readiness(
  master: Master,
  silent: ReadonlySet<number>,
  crashLooping: (group: string) => boolean,
): Readiness {
  const groups = Object.fromEntries(
    master.groups.map((group): [string, GroupReadiness] => {
      const { workers } = group.status()
      const ready = group.workers.filter(({ state }) => state === 'ready')
      const serving = ready.filter(({ id }) => !silent.has(id)).length
      if (serving > 0 || workers === 0) return [group.name, { workers, serving }]
      const reason = crashLooping(group.name)
        ? 'its workers crash over and over'
        : ready.length > 0
          ? 'all its workers hang'
          : 'no worker is ready'
      return [group.name, { workers, serving, reason }]
    }),
  )
  const reasons = Object.entries(groups).flatMap(([name, { reason }]) =>
    reason === undefined ? [] : `group '${name}': ${reason}`,
  )
  if (master.state !== 'running') reasons.unshift(`the master is ${master.state}`)
  return { ready: reasons.length === 0, reasons, groups }
}
