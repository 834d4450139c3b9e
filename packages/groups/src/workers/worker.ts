import type { Vitals, WorkerState } from '@manifold/core'

/** A worker, as events and `group.workers` show it. */
export interface Worker {
  /** Different for every worker that this master ever started. */
  readonly id: number
  readonly group: string
  /** -1 while it stands by. */
  readonly slot: number
  /** Undefined if there never was a process. */
  readonly pid: number | undefined
  readonly state: WorkerState
  readonly uptimeMs: number
  /** Whether it has been ready at any time: if not, its end is a start that failed. */
  readonly wasReady: boolean
  /** How long it has said nothing at all, in ms. */
  readonly silentMs: number
  /** Whether its event loop has been late for too long (option `overload`). */
  readonly overloaded: boolean
  /** How it was when it said so last (it beats): undefined before it has. */
  readonly vitals: Vitals | undefined
  /** Connections that were cut off as it did not finish in time. */
  readonly destroyedConnections: number
  /** Sends a message to its `process.on('message')`. Throws when its channel is closed or full. */
  send(message: unknown): void
  /** Sends a signal. On SIGTERM, the default, it drains. */
  kill(signal?: NodeJS.Signals): void
}
