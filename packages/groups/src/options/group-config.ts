import type { ReadyMode } from '@manifold/core'
import type { SocketSpec } from '@manifold/core/internal'
import type { PolicyConfig } from '../policies/policy-options.js'
import type { HeartbeatConfig } from '../workers/heartbeat.js'
import type { GroupOptions } from './group-options.js'

/** The options of a group, checked and with defaults. */
export interface GroupConfig {
  readonly name: string
  readonly exec: string
  readonly workers: number
  readonly sockets: Readonly<Record<string, SocketSpec>>
  readonly policy: PolicyConfig
  /** Of the declared sockets, those that have one of their own. */
  readonly policies: Readonly<Record<string, PolicyConfig>>
  readonly heartbeat: HeartbeatConfig
  readonly spawn: Pick<
    GroupOptions,
    'args' | 'execArgv' | 'env' | 'cwd' | 'uid' | 'gid' | 'stdio' | 'serialization' | 'windowsHide'
  >
  readonly ready: ReadyMode
  readonly readyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly keepAliveGraceMs: number
  readonly maxQueued: number
  readonly after: readonly string[]
  readonly standby: number
  readonly maxConnections: number | undefined
  readonly overload: OverloadConfig | undefined
  readonly onUncaught: 'drain' | 'exit'
  readonly hangReport: boolean
  readonly reports: ReportsConfig | undefined
  /** Whether it is a pool as of `node:cluster`: its workers are forked one by one, and go when they like. */
  readonly cluster: boolean
}

export interface OverloadConfig {
  readonly delayMs: number
  readonly forMs: number
}

export interface ReportsConfig {
  /** Absolute. */
  readonly directory: string
  /** Whether it is there for our reports only, and need not stay while there is none. */
  readonly isDefault: boolean
  readonly maxFiles: number
}
