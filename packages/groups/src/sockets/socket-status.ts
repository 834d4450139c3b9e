import { formatAddress, type SocketAddress } from '@manifold/core'
import { type HeldSocket, inodeOf, type KernelTable, kernelQueues } from '@manifold/core/internal'
import type { SocketStatus } from '../status.js'
import type { GroupSocket } from './group-sockets.js'

/** How much waits in the kernel on each socket, by inode. */
export type Queues = ReadonlyMap<number, number>

/** For all of them at once: each table of the kernel is read once. */
export async function readQueues(sockets: readonly GroupSocket[]): Promise<Queues> {
  const inodes = new Map<KernelTable, Set<number>>()
  for (const { distribution } of sockets) {
    const table = tableOf(distribution.address)
    if (table) inodes.set(table, new Set([...(inodes.get(table) ?? []), ...inodesOf(distribution.held)]))
  }
  const read = await Promise.all([...inodes].map(([table, wanted]) => kernelQueues(table, wanted)))
  return new Map(read.flatMap((queues) => [...queues]))
}

/** By their names. */
export function socketStatuses(
  sockets: Iterable<GroupSocket>,
  queues: Queues | undefined,
): Record<string, SocketStatus> {
  return Object.fromEntries(
    [...sockets].map(({ name, policy, distribution: { address, waiting, held } }) => {
      const sizes = queues ? inodesOf(held).flatMap((inode) => queues.get(inode) ?? []) : []
      const size = sizes.length === 0 ? null : sizes.reduce((sum, one) => sum + one, 0)
      const udp = address.type === 'udp'
      const kernel = { acceptQueue: udp ? null : size, receiveQueueBytes: udp ? size : null }
      return [name ?? formatAddress(address), { address, policy, waiting, ...kernel }]
    }),
  )
}

function tableOf(address: SocketAddress): KernelTable | undefined {
  if (address.type === 'unix') return undefined
  return address.family === 'IPv6' ? `${address.type}6` : address.type
}

function inodesOf(held: readonly HeldSocket[]): number[] {
  return held.flatMap(({ handle }) => inodeOf(handle) ?? [])
}
