import net from 'node:net'
import { SocketError } from '../errors.js'
import type { SocketName } from '../node-internals.js'
import type { SocketAddress } from './address.js'
import { errnoOf } from './system-error.js'

/** Resolves a name once, in the master, so that all sockets of a group get the same address. */
export async function resolveHost(
  name: string,
  where: string,
  host: string | null,
  family: 0 | 4 | 6,
): Promise<string | null> {
  if (host === null || net.isIP(host) !== 0) return host
  try {
    const { lookup } = process.getBuiltinModule('node:dns/promises')
    return (await lookup(host, { family })).address
  } catch (error) {
    const { code = 'ENOTFOUND', errno = errnoOf('EINVAL') } = error as NodeJS.ErrnoException
    throw new SocketError(name, where, code, errno, 'the host name cannot be resolved', error)
  }
}

/** As the system names the address of a socket. */
export function inet(type: 'tcp' | 'udp', found: SocketName): SocketAddress {
  const family = found.family === 'IPv6' ? 'IPv6' : 'IPv4'
  return { type, address: found.address ?? '', family, port: found.port ?? 0 }
}
