import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { childrenOf, isAlive } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import type { GrowthSettings } from './peers/growth.js'
import { fineCpuMs, type Memory, memoryOf } from './proc.js'

/** What a trivial worker may take, the share of others in its pages not deducted. */
const WORKER_MIB = 50
const BOOT_TIMEOUT_MS = 120_000

export interface IdleOptions {
  /** The Node that runs it. */
  readonly node: string
  /** How long it is left alone before it is measured, and for how long its processors are watched. */
  readonly settleMs: number
  readonly idleMs: number
}

export interface Idle {
  readonly bootMs: number
  readonly memory: Memory
  /** Of one core, in percent. */
  readonly masterCpu: number
  readonly workerCpu: number
  readonly allCpu: number
}

/** Starts a new master, and watches it and its workers while nothing happens. */
export async function watchIdle(settings: GrowthSettings, options: IdleOptions): Promise<Idle> {
  const { groups, workers } = settings
  const script = fileURLToPath(new URL('./peers/growth.js', import.meta.url))
  const master = fork(script, [JSON.stringify(settings)], { execPath: options.node, execArgv: [] })
  const pid = master.pid!
  const exited = new Promise<void>((resolve) => master.once('exit', () => resolve()))
  const died = exited.then(() => {
    throw new Error(`the master of ${groups} × ${workers} ended before it was ready`)
  })
  died.catch(() => {})
  try {
    const started = once<[{ bootMs: number }]>(master, 'message', { timeoutMs: BOOT_TIMEOUT_MS })
    const [{ bootMs }] = await Promise.race([started, died])
    await sleep(options.settleMs)
    const pids = childrenOf(pid).map((child) => child.pid)
    if (pids.length !== groups * workers) throw new Error(`${pids.length} workers of ${groups} × ${workers}`)
    const cpu = () => ({ at: performance.now(), master: fineCpuMs(pid), workers: sum(pids.map(fineCpuMs)) })
    const before = cpu()
    await sleep(options.idleMs)
    const after = cpu()
    const percent = (ms: number) => (100 * ms) / (after.at - before.at)
    const masterCpu = percent(after.master - before.master)
    const workersCpu = percent(after.workers - before.workers)
    return {
      bootMs,
      memory: memoryOf(pid),
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

/** Whether so many workers have room in the memory that is free. */
export function fits(workers: number): boolean {
  return workers * WORKER_MIB < availableMiB()
}

export function availableMiB(): number {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))
  return Math.floor(Number(match?.[1]) / 1024)
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
