import type { Clock, SocketAddress } from '@manifold/core'
import { LEASE_MS, type WorkerHost, type WorkerOptions, WorkerProcess } from '@manifold/core/internal'
import type { MasterEvents } from '../events.js'
import type { Messages } from '../messages/messages.js'
import type { GroupConfig } from '../options/group-config.js'
import type { Release } from '../reload/release.js'
import type { Overload } from './overload.js'
import { watchReports } from './reports.js'

/** A busy machine may need so long to hand a connection over. */
const SHORTEST_LEASE_MS = 25

/** What is different for every worker of a group. */
export interface Launch {
  readonly id: number
  /** `STANDBY`, or a slot. */
  readonly slot: number
  readonly release: Release
  /** Where that is different, too. */
  readonly start?: Partial<Pick<GroupConfig, 'ready' | 'readyTimeoutMs'>>
  readonly sockets: Readonly<Record<string, SocketAddress>>
}

export type Emit = <Name extends keyof MasterEvents>(name: Name, ...payload: MasterEvents[Name]) => void

/** Starts a worker of a group, and passes on what it tells of its life. */
export function launch(
  config: GroupConfig,
  { release, start, ...own }: Launch,
  host: WorkerHost,
  {
    clock,
    emit,
    messages,
    overload,
    lifeline,
  }: {
    readonly clock: Clock
    readonly emit: Emit
    readonly messages: Messages
    readonly overload: Overload<WorkerProcess> | undefined
    /** The descriptor that tells workers whether they are needed when their master is gone. */
    readonly lifeline: number | undefined
  },
): WorkerProcess {
  const { name: group, spawn, ready, readyTimeoutMs, drainTimeoutMs, keepAliveGraceMs, maxQueued } = config
  const { onUncaught, reports, heartbeat, hangReport, cluster } = config
  const beatMs = heartbeat.intervalMs
  // Nobody waits longer for a worker than it takes to find that it has fallen silent.
  const leaseMs = Math.min(LEASE_MS, Math.max(SHORTEST_LEASE_MS, heartbeat.timeoutMs / 2))
  const hangMs = hangReport ? heartbeat.timeoutMs : undefined
  const options: WorkerOptions = {
    ...spawn,
    ...release,
    ...own,
    ...{ onUncaught, lifeline, reportsDirectory: reports?.directory, hangMs, cluster },
    ...{ group, ready, readyTimeoutMs, drainTimeoutMs, keepAliveGraceMs, maxQueued, beatMs, leaseMs, clock },
    ...start,
  }
  const worker = new WorkerProcess(options, host)
  messages.watch(worker)
  worker.on('online', () => emit('online', worker))
  worker.on('waiting', () => emit('standby', worker))
  worker.on('ready', () => emit('ready', worker))
  worker.on('draining', (cause) => emit('draining', worker, cause))
  worker.on('disconnect', () => emit('disconnect', worker))
  worker.on('exit', (reason) => emit('exit', worker, reason))
  worker.on('beat', (vitals) => {
    emit('beat', worker, vitals)
    overload?.beat(worker, vitals)
  })
  worker.on('hang', (hang) => emit('hang', worker, { ...hang, vitals: worker.vitals }))
  worker.on('uncaught', (uncaught) => emit('uncaught', worker, uncaught))
  if (reports) watchReports(worker, reports, (file) => emit('report', worker, { file }))
  worker.on('message', (message, handle) => emit('message', worker, message, handle))
  return worker
}
