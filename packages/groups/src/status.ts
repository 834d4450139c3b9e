import type { ExitReason, SocketAddress, Vitals, WireError, WorkerState } from '@manifold/core'
import type { EffectivePolicy, PolicyConfig } from './policies/policy-options.js'
import type { SlotState } from './slots/slot.js'

/** A picture of everything, as plain data: fit for JSON. */
export interface MasterStatus {
  readonly state: MasterState
  readonly pid: number
  readonly uptimeMs: number
  /** Of the master's own process. */
  readonly memory: MemoryStatus
  /** Null if it has none. */
  readonly guardian: GuardianStatus | null
  readonly groups: Readonly<Record<string, GroupStatus>>
}

/** What a master knows of its guardian. */
export interface GuardianStatus {
  /** The number of this life of the master, from 1. */
  readonly generation: number
  /** False once the guardian is gone. */
  readonly connected: boolean
}

export type MasterState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped'

export interface MemoryStatus {
  readonly rssBytes: number
  readonly heapUsedBytes: number
  /** At which V8 gives up. */
  readonly heapLimitBytes: number
}

export interface GroupStatus {
  readonly policy: PolicyConfig['name']
  /** How many workers there should be: as many as there are slots. */
  readonly workers: number
  /** Connections that its workers have open, by their last word. */
  readonly connections: number
  /** What its workers are given together, those that have fallen silent left out. */
  readonly rates: RatesStatus
  /** The sockets by name; one that was taken by listening has its address for a name. */
  readonly sockets: Readonly<Record<string, SocketStatus>>
  /** Whether a reload runs. */
  readonly reloading: boolean
  readonly slots: readonly SlotStatus[]
  /** Those that wait for a slot, or will. */
  readonly standby: readonly WorkerStatus[]
}

export interface RatesStatus {
  readonly requestsPerSecond: number
  readonly connectionsPerSecond: number
}

export interface SocketStatus {
  readonly address: SocketAddress
  /** How its connections are distributed: `auto` has become one of the others. */
  readonly policy: EffectivePolicy
  /** Connections that the master has accepted, or been given back, and that no worker has yet. */
  readonly waiting: number
  /**
   * Connections that wait in the kernel to be accepted, on all the sockets that share the address. Null in `status()`,
   * which does not ask: `survey()` does; and null where nobody listens yet, for Unix and UDP sockets, and where the
   * system does not tell (Linux does).
   */
  readonly acceptQueue: number | null
  /** What waits in the kernel to be read from a UDP socket, with the kernel's own overhead. Null for others, and as above. */
  readonly receiveQueueBytes: number | null
}

export interface SlotStatus {
  readonly slot: number
  readonly state: SlotState
  /** How many workers have been started here, the first not counted. */
  readonly restarts: number
  /** The last worker that came to its end here, for whatever reason. Null if none has. */
  readonly lastExit: ExitStatus | null
  /** Null while the slot is vacant. */
  readonly worker: WorkerStatus | null
  /** Workers that were replaced and are finishing. */
  readonly retiring: readonly WorkerStatus[]
}

export interface ExitStatus {
  /** Id and pid of the worker. */
  readonly id: number
  readonly pid: number | null
  readonly reason: PlainExitReason
  /** The reason for people. */
  readonly text: string
  readonly uptimeMs: number
  /** When, in ISO 8601. */
  readonly at: string
}

/** An `ExitReason` of plain data. */
export type PlainExitReason =
  | Exclude<ExitReason, { readonly type: 'unspawned' }>
  | { readonly type: 'unspawned'; readonly error: WireError; readonly asked: boolean }

export interface WorkerStatus {
  readonly id: number
  /** Null if there never was a process. */
  readonly pid: number | null
  readonly state: WorkerState
  readonly uptimeMs: number
  /** How long it has said nothing at all. */
  readonly silentMs: number
  /** How it was when it said so last; null before it has. */
  readonly vitals: Vitals | null
  /** Between its last two beats; null before it has beaten twice, and while it is silent for too long (`heartbeat`). */
  readonly rates: RatesStatus | null
}
