import type { MasterStatus } from '@manifold/groups'

/** That of the master, and what its supervisor knows beside. */
export interface SupervisorStatus extends MasterStatus {
  /** By the name of the group. */
  readonly supervision: Readonly<Record<string, SupervisionStatus>>
}

export interface SupervisionStatus {
  /** Whether its workers die too often. */
  readonly crashLoop: boolean
}

/** Adds it to a picture of the master. */
export function withSupervision(
  status: MasterStatus,
  isInCrashLoop: (group: string) => boolean,
): SupervisorStatus {
  const groups = Object.keys(status.groups)
  const supervision = groups.map((group) => [group, { crashLoop: isInCrashLoop(group) }])
  return { ...status, supervision: Object.fromEntries(supervision) }
}
