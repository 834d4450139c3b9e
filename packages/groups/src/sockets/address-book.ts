import { formatAddress, ManifoldError, type SocketAddress } from '@manifold/core'

type InetAddress = Exclude<SocketAddress, { type: 'unix' }>

/**
 * Which group has which address. With SO_REUSEPORT the kernel would let two groups share a port, and send each some
 * of the other's clients.
 */
export class AddressBook {
  readonly #owners = new Map<string, { group: string; address: SocketAddress; ipv6Only: boolean }>()

  /** @throws {ManifoldError} `ERR_MANIFOLD_ADDRESS_TAKEN`, naming both groups and the address. */
  enter(group: string, socket: string, address: SocketAddress, ipv6Only = false): void {
    for (const taken of this.#owners.values()) {
      const apart = (ipv6Only && isIPv4(taken.address)) || (taken.ipv6Only && isIPv4(address))
      if (apart || !overlaps(taken.address, address)) continue
      throw new ManifoldError(
        'ERR_MANIFOLD_ADDRESS_TAKEN',
        `socket '${socket}' of group '${group}' wants ${formatAddress(address)}, but group '${taken.group}' has ${formatAddress(taken.address)}`,
      )
    }
    this.#owners.set(formatAddress(address), { group, address, ipv6Only })
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
  return one.address === other.address || covers(one, other) || covers(other, one)
}

/** Every address, by IPv6, takes in IPv4 too; every IPv4 address has nothing to do with a single one of IPv6. */
function covers(wide: InetAddress, other: InetAddress): boolean {
  return isWildcard(wide.address) && (wide.family === 'IPv6' || isIPv4(other))
}

function isIPv4(address: SocketAddress): boolean {
  return address.type !== 'unix' && address.family === 'IPv4'
}

/** Every address of the machine. */
export function isWildcard(address: string | null | undefined): boolean {
  return address === null || address === undefined || ['', '::', '0.0.0.0'].includes(address)
}
