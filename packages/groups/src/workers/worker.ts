import type { WorkerState } from '@manifold/core'

/** A worker, as events and `group.workers` show it. */
export interface Worker {
  /** Different for every worker that this master ever started. */
  readonly id: number
  readonly group: string
  readonly slot: number
  /** Undefined if there never was a process. */
  readonly pid: number | undefined
  readonly state: WorkerState
  readonly uptimeMs: number
  /** Connections that were cut off as it did not finish in time. */
  readonly destroyedConnections: number
  /** Sends a message to its `process.on('message')`. Throws when its channel is closed or full. */
  send(message: unknown): void
  /** Sends a signal. On SIGTERM, the default, it drains. */
  kill(signal?: NodeJS.Signals): void
}
