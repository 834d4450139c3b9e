import type { GroupStatus, WorkerStatus } from '@manifold/groups'

/** The ids of the workers that are known to hang. */
export type Silent = ReadonlySet<number>

/** Whether a worker serves: it is ready, and has not fallen silent. */
export function serves(worker: WorkerStatus | null, silent: Silent): boolean {
  return worker !== null && worker.state === 'ready' && !silent.has(worker.id)
}

/** How many workers of a group do. One that has lost its seat does not, even if its process is still there. */
export function countServing({ slots }: GroupStatus, silent: Silent): number {
  return slots.filter(({ worker }) => serves(worker, silent)).length
}
