import { fileURLToPath } from 'node:url'
import { type GroupOptions, Master } from '@manifold/groups'
import { supervise } from '@manifold/health'

/** A supervised master with as many groups of as many workers as its two arguments say. It tells how long it took. */
const [groups = 1, workers = 1] = process.argv.slice(2).map(Number)
const group: GroupOptions = {
  exec: fileURLToPath(new URL('../apps/trivial-cjs.cjs', import.meta.url)),
  workers,
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
