import { log } from '../debug.js'
import type { SocketStore, Stored } from '../guard/socket-store.js'
import type { StreamHandle } from '../node-internals.js'
import { DEFAULT_BACKLOG, type SocketAddress, type SocketSpec } from './address.js'
import type { Bound } from './bound.js'
import { isAbstract } from './unix-path.js'
import { fileAt, removeFile, setMode } from './unix-socket.js'

const debug = log('socket')

/** Whether a socket of that address is what is wanted. A port that the system shall choose is a new one. */
export function isAt(spec: SocketSpec, address: SocketAddress): boolean {
  if (address.type === 'unix') return spec.type === 'unix' && spec.path === address.path
  if (spec.type !== address.type || spec.port !== address.port || spec.port === 0) return false
  return spec.host === null ? ['::', '0.0.0.0'].includes(address.address) : spec.host === address.address
}

/**
 * A socket that a master before has left, as this one wants it. What is set when a socket is bound stays as it is.
 * Undefined if it is of no use, and another must be bound: its lock is added to `locks` then.
 *
 * @throws {SocketError} if the file of a Unix socket cannot be given the mode that it shall have.
 */
export function restore(
  name: string,
  spec: SocketSpec,
  { deposit, handle, lock }: Stored,
  store: SocketStore,
  locks: StreamHandle[],
): Bound | undefined {
  const { address, ipv6Only, reusePort, id } = deposit
  const backlog = ('backlog' in spec ? spec.backlog : undefined) ?? DEFAULT_BACKLOG
  if ('ipv6Only' in spec && spec.ipv6Only !== ipv6Only)
    debug('%s keeps ipv6Only %o: that is settled when a socket is bound', name, ipv6Only)
  if (spec.type === 'udp' && (spec.recvBufferBytes ?? spec.sendBufferBytes) !== undefined)
    debug('%s keeps the sizes of its buffers: they are settled when a socket is bound', name)
  const release = () => {
    handle.close()
    lock?.close()
  }
  const bound = { address, handle, backlog, ipv6Only, reusePort, lock, id, release }
  if (address.type !== 'unix' || isAbstract(address.path)) return bound
  const { path } = address
  const file = fileAt(path)
  if (file === undefined) {
    debug('%s: somebody has removed %s', name, path)
    handle.close()
    // Not to be claimed again: the guardian has it, too.
    if (lock) locks.push(lock)
    store.withdraw(id)
    return undefined
  }
  if (spec.type === 'unix' && spec.mode !== undefined)
    setMode(name, path, path, spec.mode, handle as StreamHandle)
  return { ...bound, removeFile: () => removeFile(path, file) }
}
