import { closeSync, openSync, readSync } from 'node:fs'

export type KernelTable = 'tcp' | 'tcp6' | 'udp' | 'udp6'

/** How much the kernel gives at a time. */
const PAGE_BYTES = 4_096
/** TCP_LISTEN */
const LISTENING = '0A'

/**
 * How much waits in the kernel on sockets of ours, by inode: connections to be accepted, or bytes to be read from a UDP
 * socket. A TCP socket that does not listen is not in the table, nor is anything where there is no such table.
 *
 * Read at once, not in the background: the kernel lists the sockets that listen before all connections, and what
 * follows is not read. So it takes well under a millisecond, however many connections the machine has.
 */
export function kernelQueues(table: KernelTable, inodes: ReadonlySet<number>): Map<number, number> {
  const queues = new Map<number, number>()
  if (inodes.size === 0) return queues
  for (const [, , , state, sizes, , , , , inode] of rows(table)) {
    if (table.startsWith('tcp') && state !== LISTENING) break
    if (!inodes.has(Number(inode))) continue
    queues.set(Number(inode), Number.parseInt(sizes?.split(':')[1] ?? '', 16))
    if (queues.size === inodes.size) break
  }
  return queues
}

function* rows(table: KernelTable): Generator<string[]> {
  let fd: number
  try {
    fd = openSync(`/proc/self/net/${table}`, 'r')
  } catch {
    return // not Linux, or without that family
  }
  try {
    const page = Buffer.alloc(PAGE_BYTES)
    let rest = ''
    let heading = true
    for (let length = readSync(fd, page); length > 0; length = readSync(fd, page)) {
      const lines = (rest + page.toString('latin1', 0, length)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!heading) yield line.trim().split(/\s+/)
        heading = false
      }
    }
  } finally {
    closeSync(fd)
  }
}
