import { formatAddress, ManifoldError, type SocketAddress } from '@manifold/core'

type InetAddress = Exclude<SocketAddress, { type: 'unix' }>

interface Entry {
  readonly group: string
  readonly address: SocketAddress
  readonly ipv6Only: boolean
  readonly reuse: boolean
}

/**
 * Which group has which address. With SO_REUSEPORT the kernel would let two groups share a port, and send each some
 * of the other's clients.
 */
export class AddressBook {
  readonly #entries: Entry[] = []

  /**
   * @param reuse of UDP: whether the group may have several sockets on the address, all of which say so.
   * @throws {ManifoldError} `ERR_MANIFOLD_ADDRESS_TAKEN`, naming both groups and the address.
   */
  enter(
    group: string,
    socket: string,
    address: SocketAddress,
    { ipv6Only = false, reuse = false }: { readonly ipv6Only?: boolean; readonly reuse?: boolean } = {},
  ): void {
    for (const taken of this.#entries) {
      const apart = (ipv6Only && isIPv4(taken.address)) || (taken.ipv6Only && isIPv4(address))
      const together = reuse && taken.reuse && taken.group === group
      if (apart || together || !overlaps(taken.address, address)) continue
      throw new ManifoldError(
        'ERR_MANIFOLD_ADDRESS_TAKEN',
        `socket '${socket}' of group '${group}' wants ${formatAddress(address)}, but group '${taken.group}' has ${formatAddress(taken.address)}`,
      )
    }
    this.#entries.push({ group, address, ipv6Only, reuse })
  }

  remove(address: SocketAddress): void {
    const is = formatAddress(address)
    const at = this.#entries.findIndex((entry) => formatAddress(entry.address) === is)
    if (at !== -1) this.#entries.splice(at, 1)
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
