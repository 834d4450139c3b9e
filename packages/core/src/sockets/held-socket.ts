import dgram from 'node:dgram'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import net from 'node:net'
import { log } from '../debug.js'
import { SocketError } from '../errors.js'
import {
  bindPipe,
  bindTcp,
  type Handle,
  hasReusePort,
  openStream,
  type SocketName,
  type StreamHandle,
  stopReceiving,
} from '../node-internals.js'
import {
  DEFAULT_BACKLOG,
  formatAddress,
  formatSpec,
  MAX_PATH_BYTES,
  type SocketAddress,
  type SocketSpec,
} from './address.js'
import { inheritedUnixPath, systemdSocket } from './inherited.js'
import { errnoOf, socketError } from './system-error.js'
import { claim, removeStale } from './unix-owner.js'
import { isAbstract, unixPath } from './unix-path.js'

const debug = log('socket')

/**
 * A socket that is bound and held, and that its holder never accepts on. The kernel queues its connections, or its
 * datagrams, whatever happens to the processes that read them; it closes with `close()` only.
 */
export class HeldSocket {
  readonly name: string
  readonly address: SocketAddress
  readonly handle: Handle
  readonly backlog: number
  readonly #ipv6Only: boolean
  readonly #release: () => void
  #closed = false

  private constructor(name: string, bound: Bound, ipv6Only: boolean) {
    this.name = name
    this.address = bound.address
    this.handle = bound.handle
    this.backlog = bound.backlog
    this.#ipv6Only = ipv6Only
    this.#release = bound.release
  }

  /**
   * Binds what `spec` says. With `reusePort`, further sockets may bind the same address (see `bindAnother`).
   *
   * @throws {SocketError} naming the socket, the address and the system's code.
   */
  static async hold(name: string, spec: SocketSpec, { reusePort = false } = {}): Promise<HeldSocket> {
    const bound = await bindSpec(name, spec, reusePort)
    const held = new HeldSocket(name, bound, 'ipv6Only' in spec && spec.ipv6Only)
    debug('%s holds %o', name, held.address)
    return held
  }

  /** One more socket on the address of this TCP socket, both with SO_REUSEPORT: the kernel spreads connections. */
  bindAnother(): HeldSocket {
    const { address } = this
    if (address.type !== 'tcp') throw new TypeError('only TCP sockets share an address')
    const flags = { ipv6Only: this.#ipv6Only, reusePort: true }
    const handle = bindTcp(address.address, address.port, address.family === 'IPv6' ? 6 : 4, flags)
    const bound = tcpBound(this.name, formatAddress(address), handle, this.backlog)
    return new HeldSocket(this.name, bound, this.#ipv6Only)
  }

  /** Gives the address back; a Unix socket's file is removed. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#release()
  }
}

/** Whether TCP sockets of several processes can share an address here, with the kernel spreading connections. */
export const canReusePort = hasReusePort()

interface Bound {
  readonly address: SocketAddress
  readonly handle: Handle
  readonly backlog: number
  readonly release: () => void
}

function bindSpec(name: string, spec: SocketSpec, reusePort: boolean): Promise<Bound> {
  switch (spec.type) {
    case 'tcp':
      return holdTcp(name, spec, reusePort)
    case 'unix':
      return holdUnix(name, spec)
    case 'udp':
      return holdUdpSoon(name, spec)
    case 'fd':
      return openInherited(name, spec.fd, spec.transport)
    case 'systemd':
      return openInherited(name, systemdSocket(name, spec.name), spec.transport)
    default:
      return spec satisfies never
  }
}

async function holdTcp(name: string, spec: SocketSpec & { type: 'tcp' }, reusePort: boolean): Promise<Bound> {
  const where = formatSpec(spec)
  const host = await resolveHost(name, where, spec.host, 0)
  const family = host?.includes(':') ? 6 : 4
  const bind = (shared: boolean) =>
    tcpBound(
      name,
      where,
      bindTcp(host, spec.port, family, { ipv6Only: spec.ipv6Only, reusePort: shared }),
      spec.backlog ?? DEFAULT_BACKLOG,
    )
  if (!reusePort) return bind(false)
  // With SO_REUSEPORT, a second service of the same user on this port would be let in without a word. A plain bind
  // is refused while anybody listens there.
  if (spec.port !== 0) bind(false).release()
  return bind(true)
}

/** libuv reports an address in use only when it is asked for the name of the socket. */
function tcpBound(name: string, where: string, handle: StreamHandle | number, backlog: number): Bound {
  if (typeof handle === 'number') throw socketError(name, where, handle)
  const found: SocketName = {}
  const errno = handle.getsockname!(found)
  if (errno !== 0) {
    handle.close()
    throw socketError(name, where, errno)
  }
  return { address: inet('tcp', found), handle, backlog, release: () => handle.close() }
}

async function holdUnix(name: string, spec: SocketSpec & { type: 'unix' }): Promise<Bound> {
  const { path, backlog = DEFAULT_BACKLOG } = spec
  const where = formatSpec(spec)
  const inFileSystem = !isAbstract(path) && process.platform !== 'win32'
  // Up to Node 22 libuv would cut it off and bind the rest.
  if (process.platform !== 'win32' && Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw socketError(name, where, errnoOf('ENAMETOOLONG'))
  const owner = inFileSystem ? claim(path) : { release: () => {} }
  if (owner === 'owned') throw socketError(name, where, errnoOf('EADDRINUSE'))
  try {
    let handle = bindPipe(path)
    if (handle === errnoOf('EADDRINUSE') && inFileSystem && (await removeStale(path))) handle = bindPipe(path)
    if (typeof handle === 'number') throw socketError(name, where, handle)
    const stream = handle
    if (spec.mode !== undefined) setMode(name, where, path, spec.mode, stream)
    const release = () => {
      stream.close()
      owner.release()
    }
    return { address: { type: 'unix', path }, handle, backlog, release }
  } catch (error) {
    owner.release()
    throw error
  }
}

function setMode(name: string, where: string, path: string, mode: number, stream: StreamHandle): void {
  try {
    chmodSync(path, mode)
  } catch (error) {
    stream.close()
    throw socketError(name, where, (error as NodeJS.ErrnoException).errno ?? errnoOf('EINVAL'))
  }
}

async function holdUdp(name: string, spec: SocketSpec & { type: 'udp' }): Promise<Bound> {
  const where = formatSpec(spec)
  const address = await resolveHost(name, where, spec.host, spec.family)
  const family = address === null ? spec.family : net.isIP(address)
  const socket = dgram.createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: spec.ipv6Only,
    reuseAddr: spec.reuseAddr,
    ...(spec.recvBufferBytes === undefined ? {} : { recvBufferSize: spec.recvBufferBytes }),
    ...(spec.sendBufferBytes === undefined ? {} : { sendBufferSize: spec.sendBufferBytes }),
  })
  return startUdp(name, where, socket, () =>
    socket.bind({ port: spec.port, exclusive: true, ...(address === null ? {} : { address }) }),
  )
}

/** A worker whose master was killed keeps its socket for as long as it may still answer (`runtime/drain/udp.ts`). */
const ORPHAN_MS = 700
const RETRY_MS = 50

/** Waits a little for an address that may be about to become free. */
async function holdUdpSoon(name: string, spec: SocketSpec & { type: 'udp' }): Promise<Bound> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      return await holdUdp(name, spec)
    } catch (error) {
      const inUse = error instanceof SocketError && error.systemCode === 'EADDRINUSE'
      if (!inUse || waitedMs >= ORPHAN_MS) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

async function startUdp(name: string, where: string, socket: dgram.Socket, bind: () => void): Promise<Bound> {
  try {
    const listening = once(socket, 'listening')
    bind()
    await listening
  } catch (error) {
    socket.close()
    const { errno = errnoOf('EINVAL') } = error as NodeJS.ErrnoException
    throw socketError(name, where, errno)
  }
  const handle = stopReceiving(socket)
  socket.unref()
  return {
    address: inet('udp', socket.address()),
    handle,
    backlog: DEFAULT_BACKLOG,
    release: () => socket.close(),
  }
}

async function openInherited(name: string, fd: number, transport: 'stream' | 'udp'): Promise<Bound> {
  const where = `descriptor ${fd}`
  if (transport === 'udp') {
    const socket = dgram.createSocket('udp4')
    return startUdp(name, where, socket, () => socket.bind({ fd, exclusive: true }))
  }
  const handle = openStream(fd)
  if (typeof handle === 'number') throw socketError(name, where, handle)
  const release = () => handle.close()
  if (handle.getsockname) return tcpBound(name, where, handle, DEFAULT_BACKLOG)
  return {
    address: { type: 'unix', path: unixPath(inheritedUnixPath(fd)) },
    handle,
    backlog: DEFAULT_BACKLOG,
    release,
  }
}

/** Resolves a name once, in the master, so that all sockets of a group get the same address. */
async function resolveHost(
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

function inet(type: 'tcp' | 'udp', found: SocketName): SocketAddress {
  const family = found.family === 'IPv6' ? 'IPv6' : 'IPv4'
  return { type, address: found.address ?? '', family, port: found.port ?? 0 }
}
