import { parseArgs } from 'node:util'
import { MixedLoad, type MixedReport } from '../helpers/load/mixed-load.js'
import { until } from '../helpers/wait.js'
import { nodeVersion } from './contestants.js'
import type { SoakOrder } from './peers/soak.js'
import { progress } from './progress.js'
import { SoakMaster } from './soak-master.js'
import { median, range } from './statistics.js'

/**
 * Many reloads, scalings and aborted reloads in a row, under load of every kind: HTTP/1.1 with and without keep-alive,
 * HTTP/2, and open WebSockets. Nothing may fail. Ends with code 1 if something does.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    reloads: { type: 'string', default: '200' },
    scalings: { type: 'string', default: '50' },
    aborts: { type: 'string', default: '20' },
    workers: { type: 'string', default: '4' },
    rate: { type: 'string', default: '500,5000' },
    'web-sockets': { type: 'string', default: '100' },
    policy: { type: 'string', default: 'kernel,shared,round-robin,least-connections,sticky,custom' },
    only: { type: 'string', default: 'reloads,scalings,aborts' },
    drain: { type: 'string', default: '2000' },
    grace: { type: 'string', default: '500' },
  },
})
const webSockets = Number(values['web-sockets'])
const workers = Number(values.workers)

const MOST_WORKERS = 8
const MOODS = ['dies', 'never listens', 'other release dies'] as const

interface Experiment {
  id: string
  title: string
  workers: number
  times: number
  /** About how long a WebSocket lasts that no server ends; so that some are on the workers which go. */
  lifeMs?: number
  orders(round: number): SoakOrder[]
}

const all: Experiment[] = [
  {
    id: 'reloads',
    title: 'reloads',
    workers,
    times: Number(values.reloads),
    orders: () => [{ do: 'reload' }],
  },
  {
    id: 'scalings',
    title: `scalings 1→${MOST_WORKERS}→1`,
    workers: 1,
    times: Number(values.scalings),
    lifeMs: 2_000,
    orders: () => [
      { do: 'scale', workers: MOST_WORKERS },
      { do: 'scale', workers: 1 },
    ],
  },
  {
    id: 'aborts',
    title: 'aborted reloads',
    workers,
    times: Number(values.aborts),
    orders: (round) => [{ do: 'abort', mood: MOODS[round % MOODS.length]! }],
  },
]

const ids = values.only.split(',')
const unknown = ids.filter((id) => !all.some((experiment) => experiment.id === id))
if (unknown.length > 0) {
  throw new Error(`--only: no ${unknown.join(', ')}; there are ${all.map(({ id }) => id).join(', ')}`)
}
const chosen = all.filter(({ id, times }) => ids.includes(id) && times > 0)

console.log(`Node ${nodeVersion(values.node)}, ${webSockets} WebSockets; drain ${values.drain} ms\n`)
for (const policy of values.policy.split(',')) {
  for (const rate of values.rate.split(',').map(Number)) {
    for (const experiment of chosen) {
      const ok = await soak(experiment, policy, rate)
      if (!ok) process.exitCode = 1
    }
  }
}

async function soak(experiment: Experiment, policy: string, rate: number): Promise<boolean> {
  const master = await SoakMaster.start(values.node, {
    policy,
    workers: experiment.workers,
    drainTimeoutMs: Number(values.drain),
    keepAliveGraceMs: Number(values.grace),
    readyTimeoutMs: 5_000,
  })
  const { http, h2c } = master
  const { lifeMs } = experiment
  const load = new MixedLoad({
    ...{ http, h2c, rate, webSockets, timeoutMs: 10_000 },
    ...(lifeMs !== undefined && { lifeMs }),
  })
  await until(() => load.openWebSockets === webSockets, { what: 'all WebSockets', timeoutMs: 30_000 })
  const times: number[] = []
  const wrong: string[] = []
  for (let round = 0; round < experiment.times; round++) {
    progress(`${policy}, ${rate}/s: ${experiment.title}, ${round + 1}/${experiment.times}`)
    const startedAt = performance.now()
    for (const order of experiment.orders(round)) {
      await master.obey(order).catch((error: Error) => wrong.push(`round ${round + 1}: ${error.message}`))
    }
    times.push(performance.now() - startedAt)
  }
  progress()
  const report = await load.stop()
  const left = await master.stop()
  for (const [what, count] of master.strange) wrong.push(`${count} × ${what}`)
  if (left > 0) wrong.push(`${left} processes outlived the master`)
  for (const [what, count] of report.failures) wrong.push(`${count} × ${what}`)
  print(
    `${policy}, ${rate} requests/s: ${experiment.times} ${experiment.title}`,
    report,
    times,
    master.cut,
    wrong,
  )
  return wrong.length === 0
}

function print(title: string, report: MixedReport, times: number[], cut: number, wrong: string[]): void {
  const { ok, sent, skipped, durationMs, longestMs, lateMs, repeated } = report
  const { closes, opened, echoes } = report.webSockets
  const reached = sent / (durationMs / 1000)
  const codes = [...closes].map(([code, count]) => `${count} × ${code}`).join(', ') || 'none'
  const longest = Object.entries(longestMs).map(([kind, ms]) => `${kind} ${ms.toFixed(0)}`)
  console.log(`${title}
  in ${(durationMs / 1000).toFixed(0)} s, each ${median(times).toFixed(0)} ms (${range(times)})
  requests answered: ${ok.keepAlive} keep-alive, ${ok.close} close, ${ok.http2} HTTP/2 (${repeated} repeated)
  rate reached: ${reached.toFixed(0)}/s, ${skipped} left out
  WebSockets: ${opened} opened, ${echoes} echoes, closed by the server: ${codes}
  connections that the deadline of a drain ended: ${cut}
  longest, ms: ${longest.join(', ')} (client late by ${lateMs.toFixed(0)})
  ${wrong.length === 0 ? 'no failure' : `FAILED: ${wrong.join('; ')}`}`)
  if (report.details !== '') console.log(report.details)
  console.log()
}
