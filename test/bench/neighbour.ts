import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { LoadClient } from '../helpers/load-client.js'
import { once } from '../helpers/wait.js'
import { nodeVersion } from './contestants.js'
import type { NeighbourNews, NeighbourOrder, NeighbourSettings } from './peers/neighbour.js'
import { fineCpuMs } from './proc.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * A healthy group under load, alone and beside one that is in a crash loop, of the same master, in turns: how long its
 * clients wait, and what the loop costs the master.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '300' },
    workers: { type: 'string', default: '2' },
    crashing: { type: 'string', default: '2' },
  },
})

interface Sample {
  p99: number
  p50: number
  max: number
  failed: number
  /** Of one core. */
  masterPercent: number
  crashes: number
}

const settings: NeighbourSettings = { workers: Number(values.workers), crashing: Number(values.crashing) }
const script = fileURLToPath(new URL('./peers/neighbour.js', import.meta.url))
const master = fork(script, [JSON.stringify(settings)], { execPath: values.node, execArgv: [] })
let crashes = 0
master.on('message', ({ type }: NeighbourNews) => {
  if (type === 'crashed') crashes++
})
try {
  const started = await once<[NeighbourNews]>(master, 'message', { timeoutMs: 30_000 })
  const port = started[0].type === 'started' ? started[0].port : 0
  await measure(port, 2) // compiles the hot code; not counted
  const alone: Sample[] = []
  const beside: Sample[] = []
  for (let round = 1; round <= Number(values.rounds); round++) {
    progress(`round ${round}/${values.rounds}: alone`)
    alone.push(await measure(port, Number(values.seconds)))
    await order({ do: 'add' })
    progress(`round ${round}/${values.rounds}: beside a crash loop`)
    beside.push(await measure(port, Number(values.seconds)))
    await order({ do: 'remove' })
  }
  progress()
  report(alone, beside)
} finally {
  if (master.exitCode === null && master.signalCode === null) {
    const exited = once(master, 'exit', { timeoutMs: 30_000 })
    if (master.connected) master.disconnect()
    await exited.catch(() => master.kill('SIGKILL'))
  }
}

async function measure(port: number, seconds: number): Promise<Sample> {
  const before = { crashes, cpu: fineCpuMs(master.pid!), at: performance.now() }
  const load = new LoadClient({
    target: { port },
    rate: Number(values.rate),
    durationMs: 1_000 * seconds,
    sources: 50,
  })
  const { latencyMs, failures } = await load.done
  const cpu = fineCpuMs(master.pid!) - before.cpu
  return {
    p99: latencyMs.p99,
    p50: latencyMs.p50,
    max: latencyMs.max,
    failed: failures.length,
    masterPercent: (100 * cpu) / (performance.now() - before.at),
    crashes: crashes - before.crashes,
  }
}

async function order(what: NeighbourOrder): Promise<void> {
  const done = once<[NeighbourNews]>(master, 'message', {
    timeoutMs: 60_000,
    filter: ({ type }) => type === 'done',
  })
  master.send(what)
  await done
}

function report(alone: Sample[], beside: Sample[]): void {
  const row = (name: string, samples: Sample[]) => {
    const show = (key: keyof Sample, decimals: number) => {
      const all = samples.map((sample) => sample[key])
      return `${median(all).toFixed(decimals)} (${range(all, decimals)})`
    }
    return [
      name,
      show('p50', 2),
      show('p99', 2),
      show('max', 1),
      show('masterPercent', 2),
      show('crashes', 0),
      String(samples.reduce((sum, { failed }) => sum + failed, 0)),
    ]
  }
  console.log(
    `Node ${nodeVersion(values.node)}; ${values.workers} healthy workers, ${values.rate} requests/s; ` +
      `${values.crashing} slots in a crash loop; ${values.rounds} rounds of ${values.seconds} s; medians (min–max)\n`,
  )
  const header = ['healthy group', 'p50 ms', 'p99 ms', 'max ms', 'master % of a core', 'crashes', 'failed']
  console.log(table(header, [row('alone', alone), row('beside a crash loop', beside)]))
  // Round by round, so that a slow moment of the machine is in both parts.
  const changes = beside.map(({ p99 }, round) => 100 * (p99 / alone[round]!.p99 - 1))
  console.log(`\np99 changes by ${median(changes).toFixed(1)} % (${range(changes, 1)})`)
}
