import os from 'node:os'
import { parseArgs } from 'node:util'
import { type Contestant, contestants, nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { cpuMs, machineTicks } from './proc.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'
import { spreadOf } from './worker-counts.js'
import { hasWrk, runWrk } from './wrk.js'

interface Sample {
  perSecond: number
  /** Busiest by idlest worker, in connections. */
  spread: number
  /** CPU of the master: in percent of one core, and per request. */
  masterPercent: number
  masterUsPerRequest: number
  errors: number
}

const modes = [
  { title: 'Connection: close (connections/s)', close: true },
  { title: 'keep-alive (requests/s)', close: false },
]

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    connections: { type: 'string', default: '64' },
    threads: { type: 'string', default: '1' },
    only: { type: 'string', default: contestants.map(({ id }) => id).join(',') },
    help: { type: 'boolean', default: false },
  },
})
const settings = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  workers: Number(values.workers),
  connections: Number(values.connections),
  threads: Number(values.threads),
}

if (values.help) {
  console.log(
    `pnpm bench [--node PATH] [--rounds N] [--seconds S] [--workers N] [--connections N] [--threads N] [--only ID,…]
IDs: ${contestants.map(({ id }) => id).join(', ')}
The masters and workers run on the Node at PATH. "spread" is the busiest by the idlest worker, in connections.`,
  )
} else if (!hasWrk()) {
  console.error(
    'wrk, the load generator, is not in PATH (Debian: apt-get install wrk; macOS: brew install wrk)',
  )
  process.exitCode = 1
} else await bench()

async function bench(): Promise<void> {
  const chosen = selectContestants(values.only.split(','), values.node)
  const { rounds, seconds, workers, connections, threads } = settings
  console.log(
    `Node ${nodeVersion(values.node)}, ${os.availableParallelism()} × ${os.cpus()[0]?.model.trim()}, Linux ${os.release()}`,
  )
  // Figures from a busy machine are worth little, and only the machine can tell.
  const ticksBefore = machineTicks()
  console.log(`load average before: ${os.loadavg()[0]!.toFixed(1)}`)
  console.log(
    `${workers} workers, ${rounds} rounds of ${seconds} s each, interleaved; wrk -t${threads} -c${connections}\n`,
  )
  const peers: Peer[] = []
  try {
    // All are started before any is measured: they share the machine's state, and whoever is idle costs nothing.
    for (const contestant of chosen) {
      peers.push(await Peer.start(contestant, { node: values.node, workers, app: 'counting.js' }))
    }
    for (const mode of modes) {
      console.log(mode.title)
      console.log(`${report(chosen, await measureAll(peers, mode.close))}\n`)
    }
    const { stolen, all } = machineTicks()
    const steal = (100 * (stolen - ticksBefore.stolen)) / (all - ticksBefore.all)
    console.log(`the host took ${steal.toFixed(1)} % of the machine's time meanwhile`)
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()))
  }
}

/** A B C A B C …: what changes on the machine meanwhile falls on all alike. */
async function measureAll(peers: Peer[], close: boolean): Promise<Map<Contestant, Sample[]>> {
  const samples = new Map<Contestant, Sample[]>(peers.map(({ contestant }) => [contestant, []]))
  for (const peer of peers) await measure(peer, close, 1) // compiles the hot code; not counted
  for (let round = 1; round <= settings.rounds; round++) {
    for (const peer of peers) {
      progress(`round ${round}/${settings.rounds}: ${peer.contestant.name}`)
      samples.get(peer.contestant)!.push(await measure(peer, close, settings.seconds))
    }
  }
  progress()
  return samples
}

async function measure(peer: Peer, close: boolean, seconds: number): Promise<Sample> {
  const countsBefore = await peer.counts()
  const cpuBefore = cpuMs(peer.masterPid)
  const startedAt = performance.now()
  const result = await runWrk({ ...settings, port: peer.port, seconds, close })
  const elapsedMs = performance.now() - startedAt
  const masterMs = cpuMs(peer.masterPid) - cpuBefore
  return {
    perSecond: result.perSecond,
    spread: spreadOf(countsBefore, await peer.counts()),
    masterPercent: (masterMs / elapsedMs) * 100,
    masterUsPerRequest: (masterMs * 1_000) / result.requests,
    errors: result.errors,
  }
}

function report(chosen: Contestant[], samples: Map<Contestant, Sample[]>): string {
  const rates = (contestant: Contestant) => samples.get(contestant)!.map(({ perSecond }) => perSecond)
  const references = chosen.filter(({ comparedWith }) => comparedWith !== undefined)
  const rows = chosen.map((contestant) => {
    const own = samples.get(contestant)!
    const medianOf = (key: keyof Sample) => median(own.map((sample) => sample[key]))
    return [
      contestant.name,
      medianOf('perSecond').toFixed(0),
      range(rates(contestant)),
      ...references.map((reference) => ratio(rates(contestant), rates(reference))),
      contestant.master ? medianOf('spread').toFixed(2) : '–',
      contestant.master ? `${medianOf('masterPercent').toFixed(1)} %` : '–',
      contestant.master ? medianOf('masterUsPerRequest').toFixed(1) : '–',
      String(own.reduce((sum, { errors }) => sum + errors, 0)),
    ]
  })
  const ratios = references.map(({ comparedWith }) => `× ${comparedWith}`)
  return table(['', 'median', 'min–max', ...ratios, 'spread', 'master CPU', 'µs/request', 'errors'], rows)
}

/** Round by round, so that a slow moment of the machine is in both parts of its ratio. */
function ratio(rates: number[], reference: number[]): string {
  const ratios = rates.map((rate, round) => rate / reference[round]!)
  return `${median(ratios).toFixed(2)} (${range(ratios, 2)})`
}
