import { fileURLToPath } from 'node:url'
import { type GroupOptions, type HeartbeatOptions, Master } from '@manifold/groups'
import { supervise } from '@manifold/health'

export interface GrowthSettings {
  readonly groups: number
  /** Of each group. */
  readonly workers: number
  readonly heartbeat?: HeartbeatOptions
}

/** A supervised master with as many groups of as many workers as it is told. It tells how long it took. */
const { groups, workers, heartbeat = {} } = JSON.parse(process.argv[2]!) as GrowthSettings
const group: GroupOptions = {
  exec: fileURLToPath(new URL('../apps/trivial-cjs.cjs', import.meta.url)),
  workers,
  heartbeat,
  listen: { http: { port: 0, host: '127.0.0.1' } },
  env: { PORT: '0' },
  // Many that start at once share the processors, and each takes as long as all.
  readyTimeoutMs: 120_000,
}

const startedAt = performance.now()
const master = new Master({
  groups: Object.fromEntries(Array.from({ length: groups }, (_, index) => [`group-${index}`, group])),
})
supervise(master)
process.once('disconnect', () => void master.stop())
await master.start()
process.send!({ bootMs: performance.now() - startedAt })
