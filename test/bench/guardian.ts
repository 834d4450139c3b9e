import { parseArgs } from 'node:util'
import type { GroupOptions } from '@manifold/groups'
import { Guarded, web } from '../e2e/guarded.js'
import { plainPolicies } from '../e2e/policies.js'
import { signal } from '../e2e/service.js'
import {
  describeFailures,
  failureClasses,
  LoadClient,
  type LoadReport,
  summarize,
} from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * What clients notice while a guarded master is killed, is upgraded, fails to be, and is stopped: for each policy a service
 * of its own, and for each fault a load of its own.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    upgrades: { type: 'string', default: '20' },
    failures: { type: 'string', default: '10' },
    stops: { type: 'string', default: '10' },
    rate: { type: 'string', default: '100' },
    pause: { type: 'string', default: '300' },
    beat: { type: 'string', default: '1000' },
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

interface Fault {
  readonly title: string
  readonly times: number
  inflict(service: Guarded, group: GroupOptions): Promise<void>
}

const faults: Fault[] = [
  {
    title: 'SIGKILL of the master',
    times: Number(values.kills),
    inflict: (service) => service.killMaster(),
  },
  {
    title: 'upgrade',
    times: Number(values.upgrades),
    async inflict(service) {
      const done = Promise.all([service.settled(), service.next('upgraded')])
      service.tell('upgrade')
      await done
    },
  },
  {
    title: 'upgrade that fails',
    times: Number(values.failures),
    async inflict(service, group) {
      service.configure({ groups: { web: group }, fault: 'throws' })
      const failed = service.next('upgradeFailed')
      service.tell('upgrade')
      await failed
      service.configure({ groups: { web: group } })
    },
  },
  {
    title: 'SIGSTOP of the master',
    times: Number(values.stops),
    async inflict(service) {
      const settled = service.settled()
      signal(service.master, 'SIGSTOP')
      await settled
    },
  },
]

interface Row {
  readonly policy: string
  readonly fault: Fault
  readonly report: LoadReport
  /** From the fault until a master serves again, or the upgrade is over. */
  readonly tookMs: number[]
}

const chosen = plainPolicies.filter(
  ({ name, skip }) => !skip && (!values.only || values.only.split(',').includes(name)),
)
const rows: Row[] = []
for (const { name, policy } of chosen) {
  const group = web({ policy })
  const options = {
    heartbeat: { timeoutMs: Number(values.beat) },
    restart: { stableAfterMs: 0, maxRestarts: 100_000 },
  }
  await using service = await Guarded.start({ groups: { web: group } }, options)
  for (const fault of faults) {
    if (fault.times === 0) continue
    rows.push({ policy: name, fault, ...(await observe(service, group, name, fault)) })
  }
  await service.stop()
}
progress()
console.log(
  `Node ${process.versions.node}, 2 workers, ${values.rate} requests/s, half keep-alive, half close; a master is silent ` +
    `after ${values.beat} ms\n`,
)
console.log(format())
for (const { policy, fault, report } of rows) {
  if (!values.verbose && report.failures.length === 0) continue
  console.log(`\n${policy}, ${fault.title}: ${summarize(report)}\n${describeFailures(report.failures)}`)
}

async function observe(service: Guarded, group: GroupOptions, policy: string, fault: Fault) {
  const target = { port: service.portOf('http') }
  await using load = new LoadClient({ target, rate: Number(values.rate), keptConnections: 10, sources: 100 })
  await until(() => load.report().ok > 10, { what: 'first answers' })
  const tookMs: number[] = []
  for (let time = 1; time <= fault.times; time++) {
    progress(`${policy}: ${fault.title} ${time}/${fault.times}`)
    const startedAt = performance.now()
    await fault.inflict(service, group)
    tookMs.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, Number(values.pause)))
  }
  return { tookMs, report: await load.stop() }
}

function format(): string {
  const header = ['', 'times', 'requests', ...failureClasses, 'longest wait ms', 'p99 ms', 'took ms']
  const lines = rows.map(({ policy, fault, report, tookMs }) => [
    `${policy}: ${fault.title}`,
    String(fault.times),
    String(report.sent),
    ...failureClasses.map((name) => String(report.counts[name])),
    report.newConnectionMs.max.toFixed(0),
    report.latencyMs.p99.toFixed(0),
    `${median(tookMs).toFixed(0)} (${range(tookMs)})`,
  ])
  return table(header, lines)
}
