import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { obeyBench, peerSettings, ServingWorkers, tellBench } from './protocol.js'

/** PM2 in its cluster mode, as its documentation has it; its daemon is a process of its own, with a home of its own. */
const { app, workers } = peerSettings()
const folder = process.env.BENCH_PM2!
// Read when the module is loaded. Each daemon has its own: contestants may overlap.
process.env.PM2_HOME = path.join(folder, 'home', String(process.pid))

interface Api {
  connect(done: Done): void
  start(options: object, done: Done): void
  reload(name: string, done: Done): void
  delete(name: string, done: Done): void
  killDaemon(done: Done): void
  launchBus(done: (error: Error | null, bus: Bus) => void): void
}
type Done = (error: Error | null, result?: unknown) => void
interface Bus {
  on(event: 'process:event', listener: (event: { event: string; process: { pm_id: number } }) => void): void
}
interface Listed {
  pid: number
  pm2_env: { status: string }
}

const pm2 = createRequire(path.join(folder, 'package.json'))('pm2') as Api & {
  list(done: (error: Error | null, list: Listed[]) => void): void
}
const call = (method: 'connect' | 'killDaemon') => promisify(pm2[method].bind(pm2) as (done: Done) => void)()
const list = promisify(pm2.list.bind(pm2))

const serving = new ServingWorkers()
const known = new Set<number>()

await call('connect')
const bus = await promisify(pm2.launchBus.bind(pm2))()
bus.on('process:event', () => void look())
await promisify((options: object, done: Done) => pm2.start(options, done))({
  script: app,
  name: 'web',
  exec_mode: 'cluster',
  instances: workers,
})
await look()
tellBench({ type: 'master', pid: Number(readFileSync(path.join(process.env.PM2_HOME, 'pm2.pid'), 'utf8')) })

obeyBench({
  async reload() {
    await promisify((done: Done) => pm2.reload('web', done))()
    return Number.NaN
  },
  async stop() {
    await call('killDaemon')
  },
})

async function look(): Promise<void> {
  const online = (await list()).filter(({ pm2_env }) => pm2_env.status === 'online').map(({ pid }) => pid)
  for (const pid of known) if (!online.includes(pid)) serving.delete(pid)
  known.clear()
  for (const pid of online) {
    known.add(pid)
    serving.add(pid)
  }
}
