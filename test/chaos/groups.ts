import { fileURLToPath } from 'node:url'
import { canReusePort } from '@manifold/core/internal'
import type { GroupOptions } from '@manifold/groups'

/** A group under fire. */
export interface ChaosGroup {
  readonly name: string
  readonly workers: number
  readonly options: Omit<GroupOptions, 'exec' | 'workers'>
}

/** The worker's program. */
export const program = fileURLToPath(new URL('../fixtures/services/faulty-server.js', import.meta.url))

const http = { port: 0, host: '127.0.0.1' }

/** Five groups of different rules. */
export const groups: readonly ChaosGroup[] = [
  { name: 'kernel', workers: 3, options: { listen: { http }, policy: canReusePort ? 'kernel' : 'auto' } },
  // The Unix socket must be gone in the end.
  {
    name: 'shared',
    workers: 3,
    options: { listen: { http, local: { path: 'shared.sock' } }, policy: 'shared' },
  },
  { name: 'turns', workers: 2, options: { listen: { http }, policy: 'round-robin', standby: 1 } },
  {
    name: 'fewest',
    workers: 3,
    options: { listen: { http }, policy: 'least-connections', onUncaught: 'exit' },
  },
  { name: 'sticky', workers: 3, options: { listen: { http }, policy: 'sticky', hangReport: false } },
]

/** The groups in which no connection is ever with the master, but for those that one worker has too many of. */
export const workersAccept = ['kernel', 'shared']

/**
 * What all of them share. The times are short, so that a thousand faults take minutes; none is so short that a busy
 * machine would be taken for a fault.
 */
export const common: Omit<GroupOptions, 'exec'> = {
  heartbeat: { intervalMs: 100, timeoutMs: 500 },
  readyTimeoutMs: 10_000,
  drainTimeoutMs: 4_000,
  keepAliveGraceMs: 1_500,
  // A heap that is soon full.
  execArgv: ['--max-old-space-size=48'],
}

/** Silence after which a worker is told to end, and is killed. */
export const silence = { termAfterMs: 1_800, killAfterMs: 2_500 }

/** How long a stop or a hang lasts that a process survives, and how long a slow start takes: from, to. */
export const SHORT_MS = [150, 900] as const
export const SLOW_START_MS = [500, 2_000] as const
