import { parseArgs } from 'node:util'
import {
  describeFailures,
  failureClasses,
  LoadClient,
  type LoadReport,
  summarize,
} from '../helpers/load-client.js'
import { type Contestant, nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/** What clients notice while workers are killed one after another, and while all are replaced gracefully. */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    times: { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
    workers: { type: 'string', default: '2' },
    only: {
      type: 'string',
      default: 'cluster,cluster-none,kernel,shared,round-robin,least-connections,sticky-address,custom',
    },
    verbose: { type: 'boolean', default: false },
  },
})
const times = Number(values.times)
const workers = Number(values.workers)

interface Result {
  contestant: Contestant
  report: LoadReport
  /** Until as many workers served again as before, each time. */
  recoveriesMs: number[]
}

const experiments = [
  { title: `${times} × SIGKILL of a worker`, recover: 'back to strength ms', disturb: killWorkers },
  { title: `${times} graceful replacements`, recover: 'whole reload ms', disturb: replaceWorkers },
]

console.log(
  `Node ${nodeVersion(values.node)}, ${workers} workers, ${values.rate} requests/s, half keep-alive, half close\n`,
)
const chosen = selectContestants(values.only.split(','), values.node)
for (const { title, recover, disturb } of experiments) {
  const results: Result[] = []
  for (const contestant of chosen) {
    progress(`${title}: ${contestant.name}`)
    results.push(await observe(contestant, disturb))
  }
  progress()
  console.log(`${title}\n${format(results, recover)}\n`)
  if (!values.verbose) continue
  for (const { contestant, report } of results) {
    console.log(`${contestant.name}: ${summarize(report)}\n${describeFailures(report.failures)}\n`)
  }
}

async function observe(contestant: Contestant, disturb: (peer: Peer) => Promise<number[]>): Promise<Result> {
  await using peer = await Peer.start(contestant, { node: values.node, workers, app: 'counting.js' })
  await using load = new LoadClient({ target: { port: peer.port }, rate: Number(values.rate), sources: 100 })
  await pause(500)
  const recoveriesMs = await disturb(peer)
  await pause(500)
  return { contestant, recoveriesMs, report: await load.stop() }
}

async function killWorkers(peer: Peer): Promise<number[]> {
  const recoveries: number[] = []
  for (let n = 0; n < times; n++) {
    const victim = peer.pids[0]! // the oldest: each in turn
    const killedAt = performance.now()
    process.kill(victim, 'SIGKILL')
    await peer.fullStrength([victim])
    recoveries.push(performance.now() - killedAt)
    await pause(200) // so that the next one dies with work in its hands
  }
  return recoveries
}

async function replaceWorkers(peer: Peer): Promise<number[]> {
  const reloads: number[] = []
  for (let replaced = 0; replaced < times; replaced += workers) {
    const startedAt = performance.now()
    await peer.reload()
    reloads.push(performance.now() - startedAt)
    await pause(200)
  }
  return reloads
}

function format(results: Result[], recover: string): string {
  const rows = results.map(({ contestant, report, recoveriesMs }) => [
    contestant.name,
    String(report.sent),
    ...failureClasses.map((name) => String(report.counts[name])),
    report.newConnectionMs.max.toFixed(0),
    report.latencyMs.p99.toFixed(0),
    `${median(recoveriesMs).toFixed(0)} (${range(recoveriesMs)})`,
  ])
  return table(['', 'requests', ...failureClasses, 'longest wait ms', 'p99 ms', recover], rows)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
