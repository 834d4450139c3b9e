import { readFile } from 'node:fs/promises'
import { cgroupDirectories } from '@manifold/core/internal'

/** How much memory this container has taken of what it may take. */
export interface MemoryUse {
  /** Without file contents that the kernel keeps and can drop. */
  readonly usedBytes: number
  readonly limitBytes: number
}

/** Cgroup v1 has no word for "no limit", but the largest number of pages. */
const UNLIMITED_BYTES = 2 ** 60

/**
 * Of the control groups that this process is in, the one that is nearest to its limit; undefined where there is no limit.
 *
 * @param root in which file system: tests have one of their own.
 */
export async function memoryUse(root = ''): Promise<MemoryUse | undefined> {
  const read = (path: string) => readFile(`${root}${path}`, 'utf8').catch(() => '')
  const { unified, legacy } = cgroupDirectories('memory', await read('/proc/self/cgroup'))
  const uses = await Promise.all([
    ...unified.map((directory) => unifiedUse(directory, read)),
    ...legacy.map((directory) => legacyUse(directory, read)),
  ])
  const share = ({ usedBytes, limitBytes }: MemoryUse) => usedBytes / limitBytes
  return uses.flatMap((use) => use ?? []).sort((one, other) => share(other) - share(one))[0]
}

type Read = (path: string) => Promise<string>

/** From `memory.high` on, the kernel slows a group down until it has given something back. */
async function unifiedUse(directory: string, read: Read): Promise<MemoryUse | undefined> {
  const limits = await Promise.all([read(`${directory}/memory.max`), read(`${directory}/memory.high`)])
  const limitBytes = Math.min(...limits.map(limitOf))
  if (!Number.isFinite(limitBytes)) return undefined
  return useOf(limitBytes, await read(`${directory}/memory.current`), await read(`${directory}/memory.stat`))
}

async function legacyUse(directory: string, read: Read): Promise<MemoryUse | undefined> {
  const limitBytes = limitOf(await read(`${directory}/memory.limit_in_bytes`))
  if (limitBytes >= UNLIMITED_BYTES) return undefined
  const usage = await read(`${directory}/memory.usage_in_bytes`)
  return useOf(limitBytes, usage, await read(`${directory}/memory.stat`))
}

/** "max", or a file that is not there, is no limit. */
function limitOf(text: string): number {
  const bytes = Number.parseInt(text, 10)
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY
}

function useOf(limitBytes: number, usage: string, stat: string): MemoryUse | undefined {
  const bytes = Number.parseInt(usage, 10)
  if (!(bytes >= 0)) return undefined
  // With those of the groups below it, which v1 gives apart.
  const inactive = /^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat)
  return { limitBytes, usedBytes: Math.max(0, bytes - Number(inactive?.[1] ?? 0)) }
}
