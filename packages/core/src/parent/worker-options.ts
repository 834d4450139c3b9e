import type { Clock } from '../clock.js'
import { PROTOCOL_VERSION, type ReadyMode, type WireAddress, type WorkerBoot } from '../ipc/protocol.js'
import type { SpawnOptions } from './spawn.js'

export interface WorkerOptions extends SpawnOptions {
  readonly id: number
  readonly group: string
  readonly slot: number
  readonly sockets: Readonly<Record<string, WireAddress>>
  readonly ready: ReadyMode
  readonly readyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly keepAliveGraceMs: number
  readonly maxQueued: number
  readonly beatMs: number
  readonly clock?: Clock
}

/** What of it the worker must know before it runs the application. */
export function bootOf(options: WorkerOptions): WorkerBoot {
  const { id, group, slot, sockets, ready, drainTimeoutMs, keepAliveGraceMs, maxQueued, beatMs } = options
  const { serialization = 'json' } = options
  const limits = { drainTimeoutMs, keepAliveGraceMs, maxQueued, beatMs }
  return { version: PROTOCOL_VERSION, id, group, slot, sockets, ready, ...limits, serialization }
}
