import { parseArgs } from 'node:util'
import { nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { type Memory, memoryOf } from './proc.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * What one worker costs: its start, from the call until it listens, as the first of a new master and as a successor
 * when that runs; and its memory and that of its master, once they have settled, and for the master again after the
 * successors. Each sample is a new master with one worker; the contestants take turns.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '11' },
    settle: { type: 'string', default: '1000' },
    successors: { type: 'string', default: '5' },
    only: { type: 'string', default: 'cluster,kernel,shared' },
  },
})

interface Sample {
  firstMs: number
  successorMs: number
  worker: Memory
  master: Memory
  masterLater: Memory
}

const apps = [
  { name: 'ESM', file: 'trivial.js' },
  { name: 'CommonJS', file: 'trivial-cjs.cjs' },
]
const measures: [title: string, of: (sample: Sample) => number][] = [
  ['first ms', ({ firstMs }) => firstMs],
  ['successor ms', ({ successorMs }) => successorMs],
  ['worker PSS', ({ worker }) => worker.pssMiB],
  ['RSS', ({ worker }) => worker.rssMiB],
  ['own', ({ worker }) => worker.ownMiB],
  ['master PSS', ({ master }) => master.pssMiB],
  ['RSS', ({ master }) => master.rssMiB],
  ['own', ({ master }) => master.ownMiB],
  ['later PSS', ({ masterLater }) => masterLater.pssMiB],
  ['own', ({ masterLater }) => masterLater.ownMiB],
]

const entries = selectContestants(values.only.split(','), values.node).flatMap((contestant) =>
  apps.map((app) => ({ contestant, app, samples: [] as Sample[] })),
)
type Entry = (typeof entries)[number]

for (let round = 1; round <= Number(values.rounds); round++) {
  for (const entry of entries) {
    progress(`round ${round}/${values.rounds}: ${entry.contestant.name}, ${entry.app.name}`)
    entry.samples.push(await sample(entry))
  }
}
progress()
console.log(
  `Node ${nodeVersion(values.node)}, ${values.rounds} rounds; medians, below them min–max; memory in MiB\n`,
)
console.log(table(['', ...measures.map(([title]) => title)], entries.flatMap(rows)))

async function sample({ contestant, app }: Entry): Promise<Sample> {
  await using peer = await Peer.start(contestant, { node: values.node, workers: 1, app: app.file })
  await settle()
  const [worker, master] = [memoryOf(peer.pids[0]!), memoryOf(peer.masterPid)]
  const successorsMs: number[] = []
  for (let n = Number(values.successors); n > 0; n--) successorsMs.push(await peer.reload())
  await settle()
  const masterLater = memoryOf(peer.masterPid)
  return { firstMs: peer.startMs, successorMs: median(successorsMs), worker, master, masterLater }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Number(values.settle)))
}

function rows({ contestant, app, samples }: Entry): string[][] {
  const all = measures.map(([, of]) => samples.map(of))
  return [
    [`${contestant.name}, ${app.name}`, ...all.map((values) => median(values).toFixed(1))],
    ['', ...all.map((values) => range(values, 1))],
  ]
}
