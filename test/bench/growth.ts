import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { nodeVersion } from './contestants.js'
import { availableMiB, fits, watchIdle } from './idle-master.js'
import { draw, type Series } from './plot.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * What many groups and many workers cost: the start until all are ready, the memory that is the master's own, and the
 * processor while nothing happens. Each sample is a new master; the sizes take turns, as often as time allows.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    groups: { type: 'string', default: '1,10,100' },
    workers: { type: 'string', default: '2,10,50,100,200' },
    rounds: { type: 'string', default: '3' },
    /** How long the processor is watched. */
    idle: { type: 'string', default: '5000' },
    settle: { type: 'string', default: '1500' },
    /** No round is begun that would probably end later. */
    within: { type: 'string', default: '280000' },
    plots: { type: 'string', default: 'docs/plots' },
  },
})

interface Size {
  groups: number
  /** Of each group. */
  workers: number
}

interface Sample {
  bootMs: number
  masterMiB: number
  /** Of one core, in percent. */
  masterCpu: number
  workerCpu: number
  allCpu: number
}

const measures: [key: keyof Sample, title: string, decimals: number][] = [
  ['bootMs', 'ready after ms', 0],
  ['masterMiB', 'master own MiB', 1],
  ['allCpu', 'CPU idle, all %', 3],
  ['masterCpu', 'master %', 3],
  ['workerCpu', 'one worker %', 4],
]

const families = [
  {
    name: 'one group of n workers',
    sizes: numbers(values.workers).map((workers) => ({ groups: 1, workers })),
  },
  { name: 'n groups of one worker', sizes: numbers(values.groups).map((groups) => ({ groups, workers: 1 })) },
].map(({ name, sizes }) => ({ name, sizes: sizes.filter(hasRoom) }))
const entries = families.flatMap(({ sizes }) => sizes).map((size) => ({ size, samples: [] as Sample[] }))

const startedAt = performance.now()
let rounds = 0
for (let longestMs = 0; rounds < Number(values.rounds); rounds++) {
  const begunAt = performance.now()
  if (begunAt + longestMs - startedAt > Number(values.within)) break
  for (const { size, samples } of entries) {
    progress(`round ${rounds + 1}/${values.rounds}: ${size.groups} × ${size.workers}`)
    samples.push(await measure(size))
  }
  longestMs = Math.max(longestMs, performance.now() - begunAt)
}
progress()
report()

async function measure({ groups, workers }: Size): Promise<Sample> {
  const options = {
    node: values.node,
    settleMs: Number(values.settle),
    idleMs: Number(values.idle),
  }
  const { memory, ...idle } = await watchIdle({ groups, workers }, options)
  return { ...idle, masterMiB: memory.ownMiB }
}

function report(): void {
  if (rounds === 0) throw new Error('--within leaves no time for a single round')
  console.log(`Node ${nodeVersion(values.node)}, ${rounds} rounds; medians, below them min–max\n`)
  const rows = entries.flatMap(({ size, samples }) => {
    const all = measures.map(([key, , decimals]) => ({ seen: samples.map((one) => one[key]), decimals }))
    return [
      [
        `${size.groups} × ${size.workers}`,
        ...all.map(({ seen, decimals }) => median(seen).toFixed(decimals)),
      ],
      ['', ...all.map(({ seen, decimals }) => range(seen, decimals))],
    ]
  })
  console.log(table(['groups × workers', ...measures.map(([, title]) => title)], rows))
  mkdirSync(values.plots, { recursive: true })
  plot('boot.svg', 'Start until all workers are ready', 'seconds', series('bootMs', 1_000))
  plot('master-memory.svg', "The master's own memory", 'MiB', series('masterMiB'))
  plot('idle-cpu.svg', 'Processor while nothing happens', 'percent of one core', [
    ...series('allCpu').map((one) => ({ ...one, name: `${one.name}, all` })),
    ...series('masterCpu').map((one) => ({ ...one, name: `${one.name}, master` })),
  ])
}

function series(key: keyof Sample, unit = 1): Series[] {
  return families
    .map(({ name, sizes }) => ({
      name,
      points: sizes.map((size) => {
        const seen = entries.find((entry) => entry.size === size)!.samples.map((one) => one[key] / unit)
        const x = size.groups * size.workers
        return { x, y: median(seen), low: Math.min(...seen), high: Math.max(...seen) }
      }),
    }))
    .filter(({ points }) => points.length > 0)
}

function plot(file: string, title: string, yLabel: string, lines: Series[]): void {
  const target = path.join(values.plots, file)
  writeFileSync(target, draw({ title, xLabel: 'workers in all', yLabel, series: lines }))
  console.log(`\n${target}`)
}

function hasRoom({ groups, workers }: Size): boolean {
  if (fits(groups * workers)) return true
  console.log(`left out: ${groups} × ${workers} do not fit into ${availableMiB()} MiB`)
  return false
}

function numbers(list: string): number[] {
  return list.split(',').filter(Boolean).map(Number)
}
