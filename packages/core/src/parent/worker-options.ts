import type { Clock } from '../clock.js'
import { PROTOCOL_VERSION, type ReadyMode, type WireAddress, type WorkerBoot } from '../ipc/protocol.js'
import type { SpawnOptions } from './spawn.js'
import { streamsOf } from './streams.js'

export interface WorkerOptions extends SpawnOptions {
  readonly id: number
  readonly group: string
  /** `STANDBY`: it gets one later, by `promote`. */
  readonly slot: number
  readonly sockets: Readonly<Record<string, WireAddress>>
  readonly ready: ReadyMode
  readonly readyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly keepAliveGraceMs: number
  readonly maxQueued: number
  readonly beatMs: number
  /** How long it may take a connection that it is offered, at the least. @default 250 */
  readonly leaseMs?: number | undefined
  /** @default 'exit' */
  readonly onUncaught?: 'drain' | 'exit'
  /** Where Node writes a report if the heap is full. @default it writes none */
  readonly reportsDirectory?: string | undefined
  /** For how long its event loop may hang before a thread tells in what. @default there is no thread */
  readonly hangMs?: number | undefined
  /** Whether it is started as `node:cluster` starts its workers, and behaves as they do. @default false */
  readonly cluster?: boolean | undefined
  /** The descriptor of the lifeline in this process. @default the worker drains when its master is gone */
  readonly lifeline?: number | undefined
  readonly clock?: Clock
}

/** What of it the worker must know before it runs the application. */
export function bootOf(options: WorkerOptions): WorkerBoot {
  const { id, group, slot, sockets, ready, drainTimeoutMs, keepAliveGraceMs, maxQueued, beatMs } = options
  const { serialization = 'json', onUncaught = 'exit', reportsDirectory, hangMs, cluster } = options
  const limits = { drainTimeoutMs, keepAliveGraceMs, maxQueued, beatMs }
  const streams = streamsOf(options.stdio, { watchdog: hangMs !== undefined, lifeline: options.lifeline })
  const { lifeline } = streams
  const watchdog = hangMs === undefined ? undefined : { fd: streams.watchdog!, hangMs }
  const trouble = { onUncaught, reportsDirectory, watchdog }
  return {
    version: PROTOCOL_VERSION,
    id,
    group,
    slot,
    sockets,
    ready,
    ...limits,
    serialization,
    ...trouble,
    lifeline,
    cluster,
  }
}
