import { type FileHandle, open } from 'node:fs/promises'

export type KernelTable = 'tcp' | 'tcp6' | 'udp' | 'udp6'

/** As much as the kernel gives at a time. */
const PAGE_BYTES = 4_096
const LISTENING = '0A'

/**
 * How much waits in the kernel on sockets of ours, by inode: connections to be accepted, or bytes to be read from a UDP
 * socket. A TCP socket that does not listen is not in its table; and where there is no such table there is nothing.
 *
 * Read in the background: the kernel lists the sockets that listen before all connections, and what follows is not
 * read; but to find where they end, it may look through the connections of the whole machine, of other containers too.
 */
export async function kernelQueues(
  table: KernelTable,
  inodes: ReadonlySet<number>,
): Promise<Map<number, number>> {
  const queues = new Map<number, number>()
  let file: FileHandle
  try {
    if (inodes.size === 0) return queues
    file = await open(`/proc/self/net/${table}`)
  } catch {
    return queues // not Linux, or without that family
  }
  try {
    for await (const [, , , state, sizes = '', , , , , inode] of rows(file)) {
      if (table.startsWith('tcp') && state !== LISTENING) break
      const waiting = Number.parseInt(sizes.slice(sizes.indexOf(':') + 1), 16)
      if (inodes.has(Number(inode))) queues.set(Number(inode), waiting)
      if (queues.size === inodes.size) break
    }
  } finally {
    await file.close()
  }
  return queues
}

async function* rows(file: FileHandle): AsyncGenerator<string[]> {
  const page = Buffer.alloc(PAGE_BYTES)
  let heading = true
  let rest = ''
  for (;;) {
    const { bytesRead } = await file.read(page, 0, PAGE_BYTES, null)
    if (bytesRead === 0) return
    const lines = (rest + page.toString('latin1', 0, bytesRead)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!heading) yield line.trim().split(/\s+/)
      heading = false
    }
  }
}
