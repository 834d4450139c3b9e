import type { ExitReason } from '@manifold/core'
import { formatExit, toWire, type WorkerProcess } from '@manifold/core/internal'
import type { ExitStatus, PlainExitReason, SlotStatus } from '../status.js'
import { workerStatus } from '../workers/worker-status.js'
import type { Slot } from './slot.js'

/** @param silentAfterMs as that of `workerStatus`. */
export function slotStatus(slot: Slot, silentAfterMs: number): SlotStatus {
  const { index, state, restarts, lastExit, occupant, workers } = slot
  const retiring = workers.filter((worker) => worker.state === 'draining')
  return {
    slot: index,
    state,
    restarts,
    lastExit: lastExit ?? null,
    worker: occupant ? workerStatus(occupant, silentAfterMs) : null,
    retiring: retiring.map((worker) => workerStatus(worker, silentAfterMs)),
  }
}

/** The end of a worker, as it is remembered. */
export function exitStatus({ id, pid, uptimeMs }: WorkerProcess, reason: ExitReason): ExitStatus {
  return {
    id,
    pid: pid ?? null,
    reason: plain(reason),
    text: formatExit(reason),
    uptimeMs: Math.round(uptimeMs),
    at: new Date().toISOString(),
  }
}

function plain(reason: ExitReason): PlainExitReason {
  if (reason.type !== 'unspawned') return reason
  return { ...reason, error: toWire(reason.error) }
}
