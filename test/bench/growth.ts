import { fork } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { childrenOf, isAlive } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import { nodeVersion } from './contestants.js'
import { draw, type Series } from './plot.js'
import { fineCpuMs, memoryOf } from './proc.js'
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

/** What a trivial worker may take, the share of others in its pages not deducted. */
const WORKER_MIB = 50
const BOOT_TIMEOUT_MS = 120_000

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
].map(({ name, sizes }) => ({ name, sizes: sizes.filter(fits) }))
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
  const script = fileURLToPath(new URL('./peers/growth.js', import.meta.url))
  const master = fork(script, [String(groups), String(workers)], { execPath: values.node, execArgv: [] })
  const pid = master.pid!
  const exited = new Promise<void>((resolve) => master.once('exit', () => resolve()))
  const died = exited.then(() => {
    throw new Error(`the master of ${groups} × ${workers} ended before it was ready`)
  })
  died.catch(() => {})
  try {
    const started = once<[{ bootMs: number }]>(master, 'message', { timeoutMs: BOOT_TIMEOUT_MS })
    const [{ bootMs }] = await Promise.race([started, died])
    await sleep(Number(values.settle))
    const pids = childrenOf(pid).map((child) => child.pid)
    if (pids.length !== groups * workers) throw new Error(`${pids.length} workers of ${groups} × ${workers}`)
    const cpu = () => ({ at: performance.now(), master: fineCpuMs(pid), workers: sum(pids.map(fineCpuMs)) })
    const before = cpu()
    await sleep(Number(values.idle))
    const after = cpu()
    const percent = (ms: number) => (100 * ms) / (after.at - before.at)
    const masterCpu = percent(after.master - before.master)
    const workersCpu = percent(after.workers - before.workers)
    return {
      bootMs,
      masterMiB: memoryOf(pid).ownMiB,
      masterCpu,
      workerCpu: workersCpu / pids.length,
      allCpu: masterCpu + workersCpu,
    }
  } finally {
    const pids = childrenOf(pid).map((child) => child.pid)
    if (master.connected) master.disconnect()
    const timer = setTimeout(() => master.kill('SIGKILL'), 30_000)
    await exited
    clearTimeout(timer)
    const left = () => pids.filter(isAlive)
    await until(() => left().length === 0, { what: () => `the end of ${left().length} workers` })
  }
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

function fits({ groups, workers }: Size): boolean {
  const neededMiB = groups * workers * WORKER_MIB
  if (neededMiB < availableMiB()) return true
  console.log(`left out: ${groups} × ${workers} may need ${neededMiB} MiB, ${availableMiB()} are available`)
  return false
}

function availableMiB(): number {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))
  return Math.floor(Number(match?.[1]) / 1024)
}

function numbers(list: string): number[] {
  return list.split(',').filter(Boolean).map(Number)
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
