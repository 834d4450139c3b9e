import { existsSync, readFileSync, rmSync } from 'node:fs'
import { until } from '../helpers/wait.js'

/** Asks each worker by SIGUSR2 how many connections it has got; see apps/counting.ts. */
export async function workerCounts(folder: string, pids: number[]): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (const pid of pids) {
    const file = `${folder}/${pid}`
    rmSync(file, { force: true })
    process.kill(pid, 'SIGUSR2')
    await until(() => existsSync(file), { what: `the count of worker ${pid}`, intervalMs: 5 })
    counts.set(pid, Number(readFileSync(file, 'utf8')))
  }
  return counts
}

/** Busiest by idlest worker; 1 is even. */
export function spreadOf(before: Map<number, number>, after: Map<number, number>): number {
  const got = [...after].map(([pid, count]) => count - (before.get(pid) ?? 0))
  return Math.max(...got) / Math.min(...got)
}
