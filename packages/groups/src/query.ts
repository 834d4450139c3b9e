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
  const port = query.port ?? 0
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

/** libuv's UV_UDP_REUSEADDR. */
const UDP_REUSE_ADDRESS = 4

/** The same query of two workers has the same key: they share the socket. */
export function keyOf(query: ListenQuery): string {
  return [query.addressType, query.address, query.port, query.fd ?? -1].join('|')
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
  // A server that leaves the port to the system takes a declared socket that does the same.
  const samePort = wanted.port === address.port || (wanted.port === 0 && 'port' in spec && spec.port === 0)
  if (!samePort) return false
  return wanted.host === address.address || isWildcard(wanted.host) || isWildcard(address.address)
}
