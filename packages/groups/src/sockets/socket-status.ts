import { formatAddress, type SocketAddress } from '@manifold/core'
import { type HeldSocket, inodeOf, type KernelTable, kernelQueues } from '@manifold/core/internal'
import type { SocketStatus } from '../status.js'
import type { GroupSocket } from './group-sockets.js'

/** By the sockets' names. Each table of the kernel is read once, however many there are. */
export function socketStatuses(sockets: Iterable<GroupSocket>): Record<string, SocketStatus> {
  const all = [...sockets].map((socket) => ({ socket, table: tableOf(socket.distribution.address) }))
  const queues = new Map<number, number>()
  for (const table of new Set(all.map((one) => one.table))) {
    if (!table) continue
    const inodes = all.flatMap((one) => (one.table === table ? inodesOf(one.socket.distribution.held) : []))
    for (const [inode, size] of kernelQueues(table, new Set(inodes))) queues.set(inode, size)
  }
  return Object.fromEntries(
    all.map(({ socket, table }) => [nameOf(socket), statusOf(socket, table, queues)] as const),
  )
}

function statusOf(
  { policy, distribution: { address, waiting, held } }: GroupSocket,
  table: KernelTable | undefined,
  queues: ReadonlyMap<number, number>,
): SocketStatus {
  const sizes = table ? inodesOf(held).flatMap((inode) => queues.get(inode) ?? []) : []
  const size = sizes.length === 0 ? null : sizes.reduce((sum, one) => sum + one, 0)
  const udp = address.type === 'udp'
  return { address, policy, waiting, acceptQueue: udp ? null : size, receiveQueueBytes: udp ? size : null }
}

function nameOf({ name, distribution }: GroupSocket): string {
  return name ?? formatAddress(distribution.address)
}

function tableOf(address: SocketAddress): KernelTable | undefined {
  if (address.type === 'unix') return undefined
  return address.family === 'IPv6' ? `${address.type}6` : address.type
}

function inodesOf(held: readonly HeldSocket[]): number[] {
  return held.flatMap(({ handle }) => inodeOf(handle) ?? [])
}
