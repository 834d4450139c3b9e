import { formatAddress, ManifoldError, type SocketAddress } from '@manifold/core'

/**
 * Which group has which address. With SO_REUSEPORT the kernel would let two groups share a port, and send each some
 * of the other's clients.
 */
export class AddressBook {
  readonly #owners = new Map<string, { group: string; address: SocketAddress }>()

  /** @throws {ManifoldError} `ERR_MANIFOLD_ADDRESS_TAKEN`, naming both groups and the address. */
  enter(group: string, socket: string, address: SocketAddress): void {
    for (const taken of this.#owners.values()) {
      if (!overlaps(taken.address, address)) continue
      throw new ManifoldError(
        'ERR_MANIFOLD_ADDRESS_TAKEN',
        `socket '${socket}' of group '${group}' wants ${formatAddress(address)}, but group '${taken.group}' has ${formatAddress(taken.address)}`,
      )
    }
    this.#owners.set(formatAddress(address), { group, address })
  }

  remove(address: SocketAddress): void {
    this.#owners.delete(formatAddress(address))
  }
}

export function overlaps(one: SocketAddress, other: SocketAddress): boolean {
  if (one.type === 'unix' || other.type === 'unix') {
    return one.type === 'unix' && other.type === 'unix' && one.path === other.path
  }
  if (one.type !== other.type || one.port !== other.port) return false
  return one.address === other.address || isWildcard(one.address) || isWildcard(other.address)
}

/** Every address of the machine. */
export function isWildcard(address: string | null | undefined): boolean {
  return address === null || address === undefined || ['', '::', '0.0.0.0'].includes(address)
}
