import type { MasterStatus } from '@manifold/groups'
import type { FaultOrder } from './kinds.js'

/** What the master under fire is told in its first argument. */
export interface ChaosSettings {
  /** A directory for all files: its groups' Unix sockets, moods, notes and reports. */
  readonly folder: string
  /** The Unix socket at which it tells what happens, and is told what to do: a line of JSON each. */
  readonly line: string
  /** While this file is there, a master fails as it starts. */
  readonly fault: string
}

/** Requests carry an id; the answer has it as well. */
export type ChaosRequest =
  | { readonly do: 'tell'; readonly pid: number; readonly order: FaultOrder }
  | { readonly do: 'reload'; readonly group: string }
  | { readonly do: 'scale'; readonly group: string; readonly workers: number }
  | { readonly do: 'status' }
  /** Only the master is stopped: that its process ends then is up to it. */
  | { readonly do: 'stop' }

export type ChaosOrder = ChaosRequest & { readonly id: number }

/** Of a worker: what happened to it. `at` is a `moment()`. */
export interface WorkerNews {
  readonly type: 'forked' | 'ready' | 'draining' | 'silent' | 'heard' | 'exited'
  readonly at: number
  readonly pid: number
  readonly group: string
  readonly slot: number
  /** Of one that exited, as `formatExit` says it, and whether the master had told it to finish. */
  readonly end?: string
  readonly asked?: boolean
}

export type ChaosNews =
  | WorkerNews
  | { readonly type: 'echo'; readonly pid: number; readonly id: number; readonly at: number }
  | { readonly type: 'strange'; readonly what: string }
  /** The first that a master says. */
  | { readonly type: 'here'; readonly pid: number }
  | { readonly type: 'started'; readonly pid: number; readonly sockets: Readonly<Record<string, number>> }
  | { readonly type: 'answer'; readonly id: number; readonly status?: MasterStatus; readonly error?: Refusal }

export interface Refusal {
  /** Of errors that have one. */
  readonly code: string | undefined
  readonly message: string
}
