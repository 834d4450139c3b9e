import { parseArgs } from 'node:util'
import { failureClasses, LoadClient, type LoadReport } from '../helpers/load-client.js'
import { type Contestant, nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { Pm2 } from './pm2.js'
import { progress } from './progress.js'
import { table } from './statistics.js'

/**
 * What clients notice when the process that stands over the workers is killed, or is stopped: the primary of
 * `node:cluster`, the daemon of PM2, a master without and with a guardian. Each time a new service, and so long a look at
 * it as somebody may need who has to repair it by hand.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rate: { type: 'string', default: '200' },
    workers: { type: 'string', default: '2' },
    /** For how long it is watched. */
    look: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'cluster,pm2,kernel,guarded-kernel,guarded-shared,guarded-round-robin' },
  },
})
const lookMs = Number(values.look)

interface Row {
  readonly fault: string
  readonly contestant: Contestant
  readonly report: LoadReport
  /** From the fault to the last failure; Infinity if it still fails when we stop looking. */
  readonly outageMs: number
  /** The longest time without any answer. */
  readonly gapMs: number
}

const ids = values.only.split(',')
using pm2 = ids.includes('pm2') ? await Pm2.install() : undefined
const rows: Row[] = []
for (const fault of ['SIGKILL', 'SIGSTOP'] as const) {
  for (const contestant of selectContestants(ids, values.node)) {
    progress(`${fault}: ${contestant.name}`)
    rows.push(await measure(contestant, fault))
  }
}
progress()
console.log(
  `Node ${nodeVersion(values.node)}${pm2 ? `, PM2 ${pm2.version}` : ''}; ${values.workers} workers, ${values.rate} requests/s, ` +
    `half keep-alive, half close; watched for ${values.look} ms after the fault\n`,
)
const header = [
  '',
  'requests',
  'failed',
  ...failureClasses,
  'longest wait ms',
  'failing for ms',
  'no answer for ms',
]
console.log(
  table(
    header,
    rows.map(({ fault, contestant, report, outageMs, gapMs }) => [
      `${fault}: ${contestant.name}`,
      String(report.sent),
      String(report.failures.length),
      ...failureClasses.map((name) => String(report.counts[name])),
      report.newConnectionMs.max.toFixed(0),
      outageMs === Number.POSITIVE_INFINITY ? 'to the end' : outageMs.toFixed(0),
      gapMs.toFixed(0),
    ]),
  ),
)

async function measure(contestant: Contestant, fault: 'SIGKILL' | 'SIGSTOP'): Promise<Row> {
  await using peer = await Peer.start(contestant, {
    node: values.node,
    workers: Number(values.workers),
    app: 'counting.js',
  })
  let answeredAt = performance.now()
  let gapMs = 0
  const answered = () => {
    const now = performance.now()
    gapMs = Math.max(gapMs, now - answeredAt)
    answeredAt = now
  }
  const begunAt = performance.now()
  await using load = new LoadClient({
    target: { port: peer.port },
    rate: Number(values.rate),
    sources: 100,
    answered,
  })
  await pause(1_000)
  gapMs = 0
  const faultAt = performance.now()
  const victim = peer.masterPid
  process.kill(victim, fault)
  await pause(lookMs)
  answered()
  if (fault === 'SIGSTOP') {
    try {
      process.kill(victim, 'SIGCONT')
    } catch {
      // It has been replaced.
    }
  }
  const report = await load.stop()
  const lastFailureAt = Math.max(0, ...report.failures.map(({ atMs }) => atMs + begunAt))
  const fails = lastFailureAt > faultAt + lookMs - 500
  const outageMs = fails ? Number.POSITIVE_INFINITY : Math.max(0, lastFailureAt - faultAt)
  return { fault, contestant, report, outageMs, gapMs }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
