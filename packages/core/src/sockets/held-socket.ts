import dgram from 'node:dgram'
import { log } from '../debug.js'
import type { SocketStore } from '../guard/socket-store.js'
import {
  bindTcp,
  type Handle,
  hasReusePort,
  makePipeAccessible,
  openStream,
  type SocketName,
  type StreamHandle,
} from '../node-internals.js'
import { DEFAULT_BACKLOG, formatAddress, formatSpec, type SocketAddress, type SocketSpec } from './address.js'
import type { Bound } from './bound.js'
import { inet, resolveHost } from './inet.js'
import { inheritedUnixPath, systemdSocket } from './inherited.js'
import { isAt, restore } from './restore.js'
import { socketError } from './system-error.js'
import { holdUdp, startUdp } from './udp-socket.js'
import { unixPath } from './unix-path.js'
import { holdUnix, makeFileAccessible } from './unix-socket.js'

const debug = log('socket')

/** Where copies of a socket are kept, and under which name. */
export interface Keeping {
  readonly store: SocketStore
  readonly key: string
}

/**
 * A socket that is bound and held, and that its holder never accepts on. The kernel queues its connections, or its
 * datagrams, whatever happens to the processes that read them; it closes with `close()` only.
 */
export class HeldSocket {
  readonly name: string
  readonly address: SocketAddress
  readonly handle: Handle
  readonly backlog: number
  /** Whether further sockets may be bound to its address. */
  readonly reusePort: boolean
  readonly #bound: Bound
  readonly #keeping: Keeping | undefined
  /** Under which the guardian has it. */
  readonly #id: string | undefined
  /** Resolves once it has. */
  readonly #deposited: Promise<void> | undefined
  #closed = false

  private constructor(name: string, bound: Bound, keeping?: Keeping, lane = 0) {
    this.name = name
    this.address = bound.address
    this.handle = bound.handle
    this.backlog = bound.backlog
    this.reusePort = bound.reusePort
    this.#bound = bound
    this.#keeping = keeping
    if (!keeping) return
    this.#id = bound.id ?? keeping.store.nextId()
    if (bound.id === undefined) this.#deposited = deposit(this.#id, bound, keeping, lane)
  }

  /**
   * Binds what `spec` says. With `reusePort`, further sockets may bind the same address (see `bindAnother`).
   *
   * @throws {SocketError} naming the socket, the address and the system's code.
   */
  static async hold(name: string, spec: SocketSpec, { reusePort = false } = {}): Promise<HeldSocket> {
    const held = new HeldSocket(name, await bindSpec(name, spec, reusePort, undefined))
    debug('%s holds %o', name, held.address)
    return held
  }

  /**
   * Takes what is stored under the key of `keeping`, which may be several sockets of one address, or else binds one and
   * stores a copy. TCP sockets are bound so that others may join them, where that is possible, whatever is asked for
   * now. Sockets that this process inherited are not stored: whoever follows it inherits them, too.
   *
   * @throws {SocketError} as `hold` does.
   * @throws {ManifoldError} `ERR_MANIFOLD_TIMEOUT` if the guardian does not pass on what it has.
   */
  static async holdAll(
    name: string,
    spec: SocketSpec,
    { reusePort = false, keeping }: { readonly reusePort?: boolean; readonly keeping?: Keeping | undefined },
  ): Promise<readonly [HeldSocket, ...HeldSocket[]]> {
    if (!keeping || spec.type === 'fd' || spec.type === 'systemd')
      return [await HeldSocket.hold(name, spec, { reusePort })]
    const { store, key } = keeping
    await store.loaded()
    const locks: StreamHandle[] = []
    const restored = store
      .take(key, (address) => isAt(spec, address))
      .flatMap((stored) => restore(name, spec, stored, store, locks) ?? [])
    const [first, ...others] = restored.map((bound) => new HeldSocket(name, bound, keeping))
    const [lock, ...spare] = locks
    for (const one of first ? locks : spare) one.close()
    if (first) {
      debug('%s takes back %d sockets of %o', name, restored.length, first.address)
      return [first, ...others]
    }
    const bound = await bindSpec(name, spec, reusePort || canReusePort, store, lock)
    const held = new HeldSocket(name, bound, keeping)
    // Before any worker has it: what outlives this process must be known to the next.
    await held.#deposited
    debug('%s holds %o', name, held.address)
    return [held]
  }

  /**
   * One more socket on the address of this TCP socket, both with SO_REUSEPORT: the kernel spreads connections.
   *
   * @param lane tells it from the others, where copies are kept.
   */
  bindAnother(lane = 0): HeldSocket {
    const { address } = this
    if (address.type !== 'tcp') throw new TypeError('only TCP sockets share an address')
    const { ipv6Only } = this.#bound
    const family = address.family === 'IPv6' ? 6 : 4
    const handle = bindTcp(address.address, address.port, family, { ipv6Only, reusePort: true })
    const flags = { backlog: this.backlog, ipv6Only, reusePort: true }
    return new HeldSocket(
      this.name,
      tcpBound(this.name, formatAddress(address), handle, flags),
      this.#keeping,
      lane,
    )
  }

  /** Sets who may connect to a Unix socket, as `net.Server#listen` does for `readableAll` and `writableAll`. */
  makeAccessible(readable: boolean, writable: boolean): void {
    if (this.#keeping && this.address.type === 'unix')
      makeFileAccessible(this.address.path, readable, writable)
    else makePipeAccessible(this.handle as StreamHandle, readable, writable)
  }

  /**
   * Gives the address back; a Unix socket's file is removed. Where a guardian keeps a copy, it gives that up, too, once
   * nobody uses it; but not if this process is stopping: then it keeps it for the next. Idempotent.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#bound.release()
    if (!this.#keeping || this.#id === undefined) return
    const { store } = this.#keeping
    if (store.leavesFiles) this.#bound.removeFile?.()
    else store.withdraw(this.#id)
  }
}

function deposit(id: string, bound: Bound, { store, key }: Keeping, lane: number): Promise<void> {
  const { address, handle, backlog, ipv6Only, reusePort, lock } = bound
  const fields = { id, key, lane, address, backlog, ipv6Only, reusePort }
  const deposited = store.deposit({ ...fields, part: 'socket' }, handle)
  // After the socket: by that the guardian knows the file.
  if (lock) void store.deposit({ ...fields, part: 'lock' }, lock)
  return deposited
}

/** Whether TCP sockets of several processes can share an address here, with the kernel spreading connections. */
export const canReusePort = hasReusePort()

function bindSpec(
  name: string,
  spec: SocketSpec,
  reusePort: boolean,
  store: SocketStore | undefined,
  lock?: StreamHandle,
): Promise<Bound> {
  switch (spec.type) {
    case 'tcp':
      return holdTcp(name, spec, reusePort, store)
    case 'unix':
      return holdUnix(name, spec, store !== undefined, lock)
    case 'udp':
      return holdUdp(name, spec)
    case 'fd':
      return openInherited(name, spec.fd, spec.transport)
    case 'systemd':
      return openInherited(name, systemdSocket(name, spec.name), spec.transport)
    default:
      return spec satisfies never
  }
}

async function holdTcp(
  name: string,
  spec: SocketSpec & { type: 'tcp' },
  reusePort: boolean,
  store: SocketStore | undefined,
): Promise<Bound> {
  const where = formatSpec(spec)
  const host = await resolveHost(name, where, spec.host, 0)
  const family = host?.includes(':') ? 6 : 4
  const { port, ipv6Only, backlog = DEFAULT_BACKLOG } = spec
  const bind = (shared: boolean) => {
    const handle = bindTcp(host, port, family, { ipv6Only, reusePort: shared })
    return tcpBound(name, where, handle, { backlog, ipv6Only, reusePort: shared })
  }
  if (!reusePort) return bind(false)
  // With SO_REUSEPORT, a second service of the same user on this port would be let in without a word. A plain bind
  // is refused while anybody listens there. Those that a master before has left are no strangers.
  if (port !== 0 && !store?.knowsPort('tcp', port)) bind(false).release()
  return bind(true)
}

/** libuv reports an address in use only when it is asked for the name of the socket. */
function tcpBound(
  name: string,
  where: string,
  handle: StreamHandle | number,
  flags: { readonly backlog: number; readonly ipv6Only: boolean; readonly reusePort: boolean },
): Bound {
  if (typeof handle === 'number') throw socketError(name, where, handle)
  const found: SocketName = {}
  const errno = handle.getsockname!(found)
  if (errno !== 0) {
    handle.close()
    throw socketError(name, where, errno)
  }
  return { address: inet('tcp', found), handle, ...flags, release: () => handle.close() }
}

async function openInherited(name: string, fd: number, transport: 'stream' | 'udp'): Promise<Bound> {
  const where = `descriptor ${fd}`
  if (transport === 'udp') {
    const socket = dgram.createSocket('udp4')
    return startUdp(name, where, socket, false, () => socket.bind({ fd, exclusive: true }))
  }
  const handle = openStream(fd)
  if (typeof handle === 'number') throw socketError(name, where, handle)
  const release = () => handle.close()
  const flags = { backlog: DEFAULT_BACKLOG, ipv6Only: false, reusePort: false }
  if (handle.getsockname) return tcpBound(name, where, handle, flags)
  return {
    address: { type: 'unix', path: unixPath(inheritedUnixPath(fd)) },
    handle,
    ...flags,
    release,
  }
}
