import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { cgroupDirectories } from '@manifold/core/internal'

/** A file's text, or undefined where there is none. */
type Read = (path: string) => string | undefined

/**
 * How many workers keep this machine's share of ours busy: the processors that we may run on, and no more than the
 * container's CPU quota, rounded up.
 */
export function usableCpus(processors = availableParallelism(), read: Read = readText): number {
  return Math.max(1, Math.min(processors, Math.ceil(cgroupQuota(read))))
}

/** Processors as cgroup v2 (`cpu.max`: "200000 100000" or "max 100000") or v1 grants them. */
function cgroupQuota(read: Read): number {
  const { unified, legacy } = cgroupDirectories('cpu', read('/proc/self/cgroup') ?? '')
  const grants = [
    ...unified.map((directory) => read(`${directory}/cpu.max`)?.trim().split(' ') ?? []),
    ...legacy.map((directory) => [
      read(`${directory}/cpu.cfs_quota_us`)?.trim(),
      read(`${directory}/cpu.cfs_period_us`)?.trim(),
    ]),
  ]
  const granted = grants.map(([quota, period]) => Number(quota) / Number(period))
  return Math.min(...granted.filter((processors) => processors > 0))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
