import type { WorkerProcess } from '@manifold/core/internal'
import type { GroupStatus, WorkerStatus } from '../status.js'

/** @param silentAfterMs after how much silence its rates say nothing any more. */
export function workerStatus(worker: WorkerProcess, silentAfterMs: number): WorkerStatus {
  const { id, pid, state, uptimeMs, silentMs, vitals, rates } = worker
  return {
    id,
    pid: pid ?? null,
    state,
    uptimeMs: Math.round(uptimeMs),
    silentMs: Math.round(silentMs),
    vitals: vitals ?? null,
    rates: silentMs > silentAfterMs ? null : (rates ?? null),
  }
}

/** What the workers of a group have to do together. */
export function load(
  workers: readonly WorkerProcess[],
  silentAfterMs: number,
): Pick<GroupStatus, 'connections' | 'rates'> {
  const heard = workers.flatMap(({ rates, silentMs }) => (rates && silentMs <= silentAfterMs ? rates : []))
  const sum = (values: readonly number[]) => {
    return Math.round(values.reduce((total, value) => total + value, 0) * 10) / 10
  }
  return {
    connections: sum(workers.map(({ vitals }) => vitals?.connections ?? 0)),
    rates: {
      requestsPerSecond: sum(heard.map(({ requestsPerSecond }) => requestsPerSecond)),
      connectionsPerSecond: sum(heard.map(({ connectionsPerSecond }) => connectionsPerSecond)),
    },
  }
}
