import { parseArgs } from 'node:util'
import { nodeVersion } from './contestants.js'
import { availableMiB, fits, type Idle, watchIdle } from './idle-master.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * What the beats of many workers cost their master, while nothing else happens: by the default interval, and by one so
 * long that hardly any comes, in turns. Where so many workers do not fit into the memory, half as many beat twice as
 * often, and so on: the master gets as many messages.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    workers: { type: 'string', default: '200' },
    interval: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    /** How long the processors are watched. */
    idle: { type: 'string', default: '20000' },
    settle: { type: 'string', default: '5000' },
  },
})
const NEVER_MS = 3_600_000

let workers = Number(values.workers)
let intervalMs = Number(values.interval)
while (!fits(workers) && intervalMs >= 20) {
  workers = Math.ceil(workers / 2)
  intervalMs /= 2
}
if (workers !== Number(values.workers)) {
  console.log(
    `${values.workers} workers do not fit into ${availableMiB()} MiB: ${workers} beat every ${intervalMs} ms instead`,
  )
}

const entries = [
  { name: `a beat every ${intervalMs} ms`, heartbeat: { intervalMs }, seen: [] as Idle[] },
  { name: 'hardly any beat', heartbeat: { intervalMs: NEVER_MS }, seen: [] as Idle[] },
]
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const { name, heartbeat, seen } of entries) {
    progress(`round ${round}/${values.rounds}: ${name}`)
    const options = { node: values.node, settleMs: Number(values.settle), idleMs: Number(values.idle) }
    seen.push(await watchIdle({ groups: 1, workers, heartbeat }, options))
  }
}
progress()
console.log(
  `Node ${nodeVersion(values.node)}; ${workers} workers, ${values.rounds} rounds; medians (min–max)\n`,
)
const header = ['', 'master % of a core', 'one worker %', 'master RSS MiB', 'own MiB']
console.log(
  table(
    header,
    entries.map(({ name, seen }) => {
      const show = (of: (one: Idle) => number, decimals: number) =>
        `${median(seen.map(of)).toFixed(decimals)} (${range(seen.map(of), decimals)})`
      return [
        name,
        show(({ masterCpu }) => masterCpu, 3),
        show(({ workerCpu }) => workerCpu, 3),
        show(({ memory }) => memory.rssMiB, 1),
        show(({ memory }) => memory.ownMiB, 1),
      ]
    }),
  ),
)
