/** Where a socket listens, for people to read and for clients to reach. */

import { isIPv6 } from 'node:net'
import type { SocketAddress } from '@manifold/groups'

/** A socket that has an address. */
interface Place {
  readonly address: SocketAddress
}

export function place({ address }: Place): string {
  return address.type === 'unix' ? address.path : `${bracketed(address.address)}:${address.port}`
}

export function url(socket: Place | undefined): string {
  const { host, port } = reachable(socket)
  return `http://${bracketed(host)}:${port}`
}

/** A socket on every interface has no address that a client could name, but the loopback reaches it. */
export function reachable(socket: Place | undefined): { host: string; port: number } {
  if (socket === undefined || socket.address.type === 'unix') throw new TypeError('Not a socket with a port')
  const { address, port } = socket.address
  // A v6 wildcard takes v4 as well, and 127.0.0.1 is what everybody expects.
  return { host: address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address, port }
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}
