import net from 'node:net'
import type { SocketAddress } from '@manifold/core'
import { DEFAULT_BACKLOG, IPV6_ONLY, type ListenQuery, type SocketSpec } from '@manifold/core/internal'
import { isWildcard } from './address-book.js'

/** What a server of a worker wants, as the specification of a socket. */
export function specOf(query: ListenQuery): SocketSpec {
  const { address, addressType, flags, backlog } = query
  const udp = addressType === 'udp4' || addressType === 'udp6'
  if (query.fd !== undefined && query.fd !== null && query.fd >= 0) {
    return { type: 'fd', fd: query.fd, transport: udp ? 'udp' : 'stream' }
  }
  if (addressType === -1)
    return { type: 'unix', path: address ?? '', mode: undefined, backlog: backlog || DEFAULT_BACKLOG }
  const port = portOf(query)
  const bits = flags ?? 0
  const ipv6Only = (bits & IPV6_ONLY) !== 0
  if (udp) {
    const family = addressType === 'udp6' ? 6 : 4
    const buffers = { recvBufferBytes: undefined, sendBufferBytes: undefined }
    return {
      type: 'udp',
      port,
      host: address,
      family,
      ipv6Only,
      reuseAddr: (bits & UDP_REUSE_ADDRESS) !== 0,
      ...buffers,
    }
  }
  return { type: 'tcp', port, host: address, ipv6Only, backlog: backlog || DEFAULT_BACKLOG }
}

/** What leaves the port to the system: 0, and for `dgram` also no port at all. */
export function portOf(query: ListenQuery): number {
  return Number(query.port ?? 0)
}

/** The address that a socket will have, as far as its specification tells. */
export function addressOf(spec: SocketSpec): SocketAddress | undefined {
  if (spec.type === 'unix') return { type: 'unix', path: spec.path }
  if (spec.type !== 'tcp' && spec.type !== 'udp') return undefined
  const address = spec.host ?? (spec.type === 'tcp' ? '::' : '0.0.0.0')
  if (spec.port === 0 || net.isIP(address) === 0) return undefined
  return { type: spec.type, address, family: net.isIPv6(address) ? 'IPv6' : 'IPv4', port: spec.port }
}

/** libuv's UV_UDP_REUSEADDR. */
const UDP_REUSE_ADDRESS = 4

/** Whether a worker may have several sockets on one address: of UDP, if all of them say so. */
export function reusesAddress(query: ListenQuery): boolean {
  const spec = specOf(query)
  return spec.type === 'udp' && spec.reuseAddr
}

/** Whether it names an address of the other family: there is no such socket. */
export function isImpossible(query: ListenQuery): boolean {
  const spec = specOf(query)
  const family = spec.type === 'udp' && spec.host !== null ? net.isIP(spec.host) : 0
  return spec.type === 'udp' && family !== 0 && family !== spec.family
}

/** The same query of two workers has the same key: they share the socket. */
export function keyOf(query: ListenQuery): string {
  return [query.addressType, query.address, portOf(query), query.fd ?? -1].join('|')
}

/**
 * Whether a declared socket serves a query. The declaration wins over the host that the code names: who deploys a
 * service decides where it listens, and many frameworks name 'localhost' by default.
 */
export function serves(declared: { spec: SocketSpec; address: SocketAddress }, query: ListenQuery): boolean {
  const { spec, address } = declared
  const wanted = specOf(query)
  if (wanted.type === 'fd') return spec.type === 'fd' && spec.fd === wanted.fd
  if (wanted.type !== address.type) return false
  if (wanted.type === 'unix') return address.type === 'unix' && address.path === wanted.path
  if (address.type === 'unix') return false
  // Node has made a UDP socket for one family before it asks.
  if (wanted.type === 'udp' && (wanted.family === 6) !== (address.family === 'IPv6')) return false
  // A server that leaves the port to the system takes a declared socket that does the same.
  return wanted.port === address.port || (wanted.port === 0 && 'port' in spec && spec.port === 0)
}

/** Of several declared sockets that serve a query, the one with the highest number is meant. */
export function closeness(address: SocketAddress, query: ListenQuery): number {
  if (address.type === 'unix' || address.address === query.address) return 2
  return isWildcard(address.address) || isWildcard(query.address) ? 1 : 0
}

/**
 * Whether one process may listen with two servers on one declared socket. Only with what a framework starts for both
 * families of one name: of localhost, or of every address. Two other servers were never meant to share clients.
 */
export function areTwins(one: ListenQuery, other: ListenQuery): boolean {
  const [v4, v6] = isIPv4(one) ? [one, other] : [other, one]
  if (!isIPv4(v4) || isIPv4(v6)) return false
  if (isWildcard(v6.address)) return v4.address === '0.0.0.0' && ((v6.flags ?? 0) & IPV6_ONLY) !== 0
  return v4.address === '127.0.0.1' && v6.address === '::1'
}

/** No address at all means every one, by IPv6. */
function isIPv4({ address }: ListenQuery): boolean {
  return address !== null && net.isIPv4(address)
}
