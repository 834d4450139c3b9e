import { once } from 'node:events'
import { existsSync } from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { formatExit } from '@manifold/core'
import { Master, type MasterStatus, type Worker } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { moment } from '../helpers/moment.js'
import { common, groups, program, silence } from './groups.js'
import { acceptedFile, moodsOf, REPORTS, reportsOf } from './places.js'
import type { ChaosNews, ChaosOrder, ChaosSettings, WorkerNews } from './protocol.js'

/** The master under fire: a service as any, which tells what happens to its workers, and passes on what breaks them. */
const { folder, line: path, fault } = JSON.parse(process.argv[2]!) as ChaosSettings
if (existsSync(fault)) throw new Error('as planned')

const line = net.connect(path)
await once(line, 'connect')

function tell(news: ChaosNews): void {
  if (line.writable) line.write(`${JSON.stringify(news)}\n`)
}

tell({ type: 'here', pid: process.pid })

const master = new Master({
  groups: Object.fromEntries(
    groups.map(({ name, workers, options }) => [
      name,
      {
        ...common,
        ...options,
        exec: program,
        workers,
        cwd: folder,
        reports: { directory: reportsOf(folder, name), maxFiles: REPORTS },
        env: { ACCEPTED: acceptedFile(folder, name), MOODS: moodsOf(folder, name) },
      },
    ]),
  ),
})
// Delays as short as that bring a slot that died again and again back within the time of a run.
supervise(master, {
  restart: { minDelayMs: 50, maxDelayMs: 300, stableAfterMs: 1_000 },
  heartbeat: silence,
})

for (const [event, type] of [
  ['fork', 'forked'],
  ['ready', 'ready'],
  ['draining', 'draining'],
  ['silent', 'silent'],
  ['heard', 'heard'],
] as const) {
  master.on(event, (...[worker]) => tell(newsOf(type, worker)))
}
master.on('exit', (worker, reason) => {
  tell({ ...newsOf('exited', worker), end: formatExit(reason), asked: 'asked' in reason && reason.asked })
})
master.on('message', ({ pid }, message) => {
  tell({ type: 'echo', pid: pid!, id: (message as { echo: number }).echo, at: moment() })
})
process.on('warning', ({ name, message }) => tell({ type: 'strange', what: `${name}: ${message}` }))
createInterface(line).on('line', (text) => {
  const order = JSON.parse(text) as ChaosOrder
  obey(order).then(
    (status) => tell({ type: 'answer', id: order.id, ...(status && { status }) }),
    (error: Error & { code?: string }) => {
      tell({ type: 'answer', id: order.id, error: { code: error.code, message: error.message } })
    },
  )
})
// Whoever started it is gone, or has all that it wants.
line.on('error', () => {})
line.once('close', () => {
  if (master.state !== 'stopped') master.destroy()
})
master.on('stopped', () => line.unref())

await master.start()
const sockets = groups.map(({ name }) => {
  const address = master.group(name).address('http')
  return [name, 'port' in address ? address.port : 0]
})
tell({ type: 'started', pid: process.pid, sockets: Object.fromEntries(sockets) })

async function obey(order: ChaosOrder): Promise<MasterStatus | undefined> {
  switch (order.do) {
    case 'tell':
      workerOf(order.pid).send(order.order)
      return undefined
    case 'reload':
      await master.group(order.group).reload()
      return undefined
    case 'scale':
      await master.group(order.group).scale(order.workers)
      return undefined
    case 'status':
      return master.status()
    case 'stop':
      await master.stop()
      return undefined
    default:
      return order satisfies never
  }
}

function workerOf(pid: number): Worker {
  const found = master.groups.flatMap(({ workers }) => workers).find((worker) => worker.pid === pid)
  if (found === undefined) throw new Error(`no worker ${pid}`)
  return found
}

function newsOf(type: WorkerNews['type'], { pid, group, slot }: Worker): WorkerNews {
  return { type, at: moment(), pid: pid!, group, slot }
}
