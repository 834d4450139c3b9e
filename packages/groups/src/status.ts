import type { SocketAddress, WorkerState } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'
import type { EffectivePolicy, PolicyConfig } from './policies/policy-options.js'
import type { Slot, SlotState } from './slots/slot.js'

/** A picture of everything, as plain data: fit for JSON. */
export interface MasterStatus {
  readonly state: MasterState
  readonly pid: number
  readonly uptimeMs: number
  readonly groups: Readonly<Record<string, GroupStatus>>
}

export type MasterState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped'

export interface GroupStatus {
  readonly policy: PolicyConfig['name']
  /** How many workers there should be: as many as there are slots. */
  readonly workers: number
  /** The sockets by name; one that was taken by listening has its address for a name. */
  readonly sockets: Readonly<Record<string, SocketAddress>>
  /** By the same names, how each socket's connections are distributed: `auto` has become one of the others. */
  readonly policies: Readonly<Record<string, EffectivePolicy>>
  readonly slots: readonly SlotStatus[]
  /** Those that wait for a slot, or will. */
  readonly standby: readonly WorkerStatus[]
}

export interface SlotStatus {
  readonly slot: number
  readonly state: SlotState
  readonly restarts: number
  /** Null while the slot is vacant. */
  readonly worker: WorkerStatus | null
  /** Workers that were replaced and are finishing. */
  readonly retiring: readonly WorkerStatus[]
}

export interface WorkerStatus {
  readonly id: number
  readonly pid: number | undefined
  readonly state: WorkerState
  readonly uptimeMs: number
}

export function slotStatus(slot: Slot): SlotStatus {
  const { index, state, restarts, occupant, workers } = slot
  const retiring = workers.filter((worker) => worker.state === 'draining')
  return {
    slot: index,
    state,
    restarts,
    worker: occupant ? workerStatus(occupant) : null,
    retiring: retiring.map(workerStatus),
  }
}

export function workerStatus({ id, pid, state, uptimeMs }: WorkerProcess): WorkerStatus {
  return { id, pid, state, uptimeMs: Math.round(uptimeMs) }
}
