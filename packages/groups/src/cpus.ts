import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** A file's text, or undefined where there is none. */
type Read = (path: string) => string | undefined

/**
 * How many workers keep this machine's share of ours busy: the processors that we may run on, and no more than the
 * container's CPU quota, rounded up.
 */
export function usableCpus(processors = availableParallelism(), read: Read = readText): number {
  const quota = cgroupQuota(read)
  return Math.max(1, quota === undefined ? processors : Math.min(processors, Math.ceil(quota)))
}

/** Processors as cgroup v2 (`cpu.max`: "200000 100000" or "max 100000") or v1 grants them. */
function cgroupQuota(read: Read): number | undefined {
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/'
  const unified = read(`/sys/fs/cgroup${own}/cpu.max`) ?? read('/sys/fs/cgroup/cpu.max')
  const [quota, period] = unified?.trim().split(' ') ?? [
    read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')?.trim(),
    read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')?.trim(),
  ]
  const granted = Number(quota) / Number(period)
  return granted > 0 && Number.isFinite(granted) ? granted : undefined
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
