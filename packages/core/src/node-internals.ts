/**
 * The only file that touches what Node does not document. Each part says why it is needed and what it replaces.
 * All of it is exercised by the test suite on Node 20, 22, 24 and 26.
 */
import type { ChildProcess } from 'node:child_process'
import type { Socket as UdpSocket } from 'node:dgram'
import { fstatSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import net, { Server, Socket } from 'node:net'

// ---------------------------------------------------------------------------------------------------------------
// Handles. `net.Server` hides its handle and listens as soon as it binds; a held socket must be bound only, stay
// open for as long as the master lives, and cross to workers many times.

/** libuv's stream handle (TCP or pipe) as Node wraps it. Methods return 0 or a negative error number. */
export interface StreamHandle {
  listen(backlog: number): number
  close(callback?: () => void): void
  ref(): void
  unref(): void
  getsockname?(out: SocketName): number
  getpeername?(out: SocketName): number
  onconnection?: ((this: StreamHandle, status: number, client?: StreamHandle) => void) | undefined
}

/** libuv's UDP handle as Node wraps it. */
export interface UdpHandle {
  close(callback?: () => void): void
  ref(): void
  unref(): void
  recvStop(): number
}

export type Handle = StreamHandle | UdpHandle

export interface SocketName {
  address?: string
  family?: string
  port?: number
}

export const IPV6_ONLY = 1
const REUSE_PORT = 2

type CreateServerHandle = (
  address: string | null,
  port: number,
  addressType: number,
  fd?: number,
  flags?: number,
) => StreamHandle | number

// Replaces `net.Server#listen`, which cannot bind without listening. Node 24 brought `net.BoundSocket`, which can,
// but gives no access to SO_REUSEPORT groups on the older lines.
const { _createServerHandle: bind } = net as unknown as { _createServerHandle: CreateServerHandle }

/** Binds a TCP socket without listening. `host` null means every address, by IPv6 where there is IPv6. */
export function bindTcp(
  host: string | null,
  port: number,
  family: 4 | 6,
  flags: { ipv6Only: boolean; reusePort: boolean },
): StreamHandle | number {
  const bits = (flags.ipv6Only ? IPV6_ONLY : 0) | (flags.reusePort ? REUSE_PORT : 0)
  return bind(host, port, family, undefined, bits)
}

/** Binds a Unix socket (or a Windows pipe) without listening. An abstract name begins with NUL. */
export function bindPipe(path: string): StreamHandle | number {
  return bind(path, -1, -1)
}

/** Takes over a bound stream socket that this process inherited. */
export function openStream(fd: number): StreamHandle | number {
  return bind(null, 0, -1, fd)
}

/** Sets who may connect to a Unix socket, as `net.Server#listen` does for `readableAll` and `writableAll`. */
export function makePipeAccessible(handle: StreamHandle, readable: boolean, writable: boolean): number {
  const mode = (readable ? 1 : 0) | (writable ? 2 : 0)
  return (handle as StreamHandle & { fchmod(mode: number): number }).fchmod(mode)
}

/**
 * Has a server of this process accept on a handle that is bound already, which is the server's from then on. Replaces
 * `server.listen(handle)`, which takes that of a TCP socket only, and of a Unix socket makes a second one that closes
 * the same descriptor again.
 */
export function listenOn(server: Server, handle: StreamHandle, backlog: number): void {
  Object.assign(server, { _handle: handle })
  const { _listen2: listen } = server as unknown as { _listen2: (...args: unknown[]) => void }
  listen.call(server, null, -1, -1, backlog)
}

/**
 * By which the tables of the kernel name a socket; undefined where it has no descriptor. As a bigint, as Node's module
 * loader looks into the memory where the last result in numbers is, and follows no symbolic link behind a socket.
 */
export function inodeOf(handle: Handle): number | undefined {
  const { fd = -1 } = handle as Handle & { readonly fd?: number }
  return fd < 0 ? undefined : Number(fstatSync(fd, { bigint: true }).ino)
}

/** The handle of a bound `dgram` socket: a public `dgram.Socket` starts to receive at once, and a held one must not. */
export function stopReceiving(socket: UdpSocket): UdpHandle {
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol')
  const { handle } = Reflect.get(socket, state!) as { handle: UdpHandle }
  handle.recvStop()
  return handle
}

/**
 * Whether SO_REUSEPORT spreads connections over sockets here. libuv knows the flag from 1.49 (Node 22.12) on and
 * ignores it silently before; and it refuses it (ENOTSUP) where the kernel would not balance (macOS, Windows).
 */
export function hasReusePort(
  versions: { uv: string } = process.versions,
  platform = process.platform,
): boolean {
  const [major = 0, minor = 0] = versions.uv.split('.').map(Number)
  const known = major > 1 || (major === 1 && minor >= 49)
  return known && ['linux', 'freebsd', 'sunos', 'aix'].includes(platform)
}

// ---------------------------------------------------------------------------------------------------------------
// IPC. Messages whose `cmd` starts with `NODE_` surface as 'internalMessage', never as the user's 'message'. Node
// reserves the prefix for itself; nothing else keeps a library's traffic out of `process.on('message')`.

const COMMAND = 'NODE_MANIFOLD'

export interface PortEvents {
  /** A handle is here with this message, and Node confirms that as soon as this returns; `message` follows. */
  handleArriving?(body: object): void
  message(body: object, handle: Handle | undefined): void
  /** The other side's answer to the handle that was sent first of those not yet answered: did it arrive? */
  handleAnswered(arrived: boolean): void
}

/**
 * Node sends one handle at a time, and all else only after that was confirmed: a turn of both processes for each.
 * It does so to be able to send a handle again, which it does not for ours. On Linux each handle stays with the bytes
 * that it was sent with, which is all that the receiving Node needs to find its message (for the one exception see
 * `ipc/outbox.ts`). Elsewhere Node's way is kept.
 */
const pipelines = process.platform === 'linux'

/** One end of Node's IPC, reduced to what the channel needs. */
export interface Port {
  /** Whether more may be posted while a handle is on its way. Otherwise Node would queue it. */
  readonly pipelines: boolean
  /** Throws where a message does not fit through, which Node finds out only when its turn comes. */
  check(body: unknown): void
  /** `written` runs once the message has left this process, or with the reason why it never will. */
  post(body: object, handle: Handle | undefined, written: (error: Error | null) => void): void
  /** Writes a message now, ahead of all that waits behind a handle, and of Node's confirmation of one. */
  postAhead(body: object): void
  /** `post` for a message of the application's. */
  postOwn(message: unknown, written: (error: Error | null) => void): void
  listen(events: PortEvents): void
  readonly connected: boolean
  /** Whether something that was written waits in this process still: what is written now would come late. */
  readonly congested: boolean
  /** Whether a handle is on its way that was not posted here. */
  readonly foreignHandle: boolean
}

interface IpcEndpoint {
  readonly connected?: boolean
  readonly channel?: unknown
  /** What waits behind a handle; null while none is on its way, as far as Node knows. */
  _handleQueue?: readonly unknown[] | null
  send?(message: unknown, handle: unknown, options: object, done: (error: Error | null) => void): unknown
  on(event: string, listener: (...args: never[]) => void): unknown
  prependListener(event: string, listener: (...args: never[]) => void): unknown
}

interface InternalMessage {
  cmd?: unknown
  readonly body?: object
  /** Of a NODE_HANDLE: what was sent with the handle. */
  readonly msg?: InternalMessage
}

export function portOf(endpoint: ChildProcess | NodeJS.Process, serialization = 'json'): Port {
  const ipc = endpoint as unknown as IpcEndpoint
  const check = (message: unknown) => {
    if (serialization === 'json') JSON.stringify(message)
    else process.getBuiltinModule('node:v8').serialize(message)
  }
  // Node serializes what waits behind a handle when its turn comes, and throws where nobody can catch it.
  const checkIfQueued = (message: unknown) => {
    if (ipc._handleQueue) check(message)
  }
  let pipe: { readonly writeQueueSize: number } | undefined
  // Bound now: an application may wrap or remove `process.send` later. A process that never was has none.
  const send = ipc.send?.bind(endpoint) ?? (() => {})
  return {
    pipelines,
    check,
    post(body, handle, written) {
      checkIfQueued(body)
      send({ cmd: COMMAND, body }, handle, { keepOpen: true }, written)
      if (pipelines && handle && ipc._handleQueue?.length === 0) ipc._handleQueue = null
    },
    postAhead(body) {
      const waiting = ipc._handleQueue ?? null
      ipc._handleQueue = null
      try {
        send({ cmd: COMMAND, body }, undefined, {}, () => {})
      } finally {
        ipc._handleQueue = waiting
      }
    },
    postOwn(message, written) {
      checkIfQueued(message)
      send(message, undefined, {}, written)
    },
    listen(events) {
      // In front of Node's own listener: it confirms a handle, and on a confirmation insists on a queue.
      ipc.prependListener('internalMessage', (message: InternalMessage, handle: Handle | undefined) => {
        const { cmd, msg } = message
        if (cmd === 'NODE_HANDLE' && !ipc.connected && !ipc.channel) miss(message, handle)
        else if (cmd === 'NODE_HANDLE' && handle && msg?.cmd === COMMAND) events.handleArriving?.(msg.body!)
        else if (cmd === 'NODE_HANDLE_ACK' || cmd === 'NODE_HANDLE_NACK') ipc._handleQueue ??= []
      })
      ipc.on('internalMessage', (message: InternalMessage, handle: Handle | undefined) => {
        if (message.cmd === COMMAND) events.message(message.body!, handle)
        else if (message.cmd === 'NODE_HANDLE_ACK') events.handleAnswered(true)
        else if (message.cmd === 'NODE_HANDLE_NACK') events.handleAnswered(false)
      })
    },
    get connected() {
      return ipc.connected === true
    },
    get congested() {
      pipe ??= pipeOf(ipc)
      return (pipe?.writeQueueSize ?? 0) > 0
    },
    get foreignHandle() {
      return ipc._handleQueue != null
    },
  }
}

/**
 * A handle that was read together with what made the application close the channel. Node goes on to confirm it, finds no
 * channel, and fails an assertion, which ends the process. Not confirmed, the other side still has it; so we must not.
 */
function miss(message: InternalMessage, handle: Handle | undefined): void {
  message.cmd = 'NODE_HANDLE_MISSED'
  handle?.close()
}

/** Runs for whatever the other process says: our copy of the framework there, or Node. */
export function onTraffic(endpoint: ChildProcess | NodeJS.Process, callback: () => void): void {
  const emitter: NodeJS.EventEmitter = endpoint
  emitter.on('internalMessage', callback)
}

/**
 * Calls back when the channel of this process is closed. `byItself`: by this process, and not at the other end, of which
 * 'disconnect' says nothing: Node no longer listens to a pipe of which it has read the end.
 */
export function onDisconnect(callback: (byItself: boolean) => void): void {
  const pipe = pipeOf(process as unknown as IpcEndpoint) as { readonly onread?: unknown } | undefined
  const reads = pipe?.onread
  process.on('disconnect', () => callback(pipe !== undefined && pipe.onread === reads))
}

/** What Node's IPC writes to. It tells how many bytes the system has not taken yet, which `process.channel` does not. */
function pipeOf(ipc: IpcEndpoint): { readonly writeQueueSize: number } | undefined {
  const key = Object.getOwnPropertySymbols(ipc).find((symbol) => symbol.description === 'kChannelHandle')
  return key && Reflect.get(ipc, key)
}

// ---------------------------------------------------------------------------------------------------------------
// First bytes. A connection that was read from must go on to another process, which Node has for sockets that were
// not. `net.Socket` gives its handle back to nobody; Node's own `child.send(socket)` takes it away in this same way.

/**
 * Reads from a connection until told to stop, which hands it back; null is its end. `broken`: the client has reset it,
 * and it is closed; there is nothing to hand back.
 */
export function readFrom(
  handle: StreamHandle,
  received: (chunk: Buffer | null) => void,
  broken: () => void,
): { stop(): StreamHandle } {
  const options = { handle, allowHalfOpen: true } as unknown as ConstructorParameters<typeof Socket>[0]
  const socket = new Socket(options)
  socket.on('data', received)
  socket.on('end', () => received(null))
  socket.on('error', broken)
  return {
    stop() {
      socket.removeAllListeners()
      socket.on('error', () => {})
      const reading = handle as StreamHandle & { readStop(): number; onread: unknown }
      reading.readStop()
      reading.onread = () => {}
      Object.assign(socket, { _handle: null })
      socket.destroy()
      return handle
    },
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Links. A master hands each of two workers one end of a connection. What crosses IPC as a `net.Socket` is forgotten by
// the sender as soon as it is sent; as a bare handle it can be taken back, and arrives without a byte read from it.

/** What a connected socket that has been paused all the time consists of. */
export function handleOf(socket: Socket): StreamHandle {
  return Reflect.get(socket, '_handle') as StreamHandle
}

/** A socket on a connected handle that came from another process. */
export function socketOn(handle: StreamHandle): Socket {
  return new Socket({ handle, allowHalfOpen: false } as unknown as ConstructorParameters<typeof Socket>[0])
}

// ---------------------------------------------------------------------------------------------------------------
// Transparent listen. In a worker of `node:cluster`, `net` and `dgram` ask `cluster._getServer` for a handle, after
// they have sorted out every form of arguments, `exclusive`, `reusePort` and aborts. Taking that one function over
// gives the same service to any process, with Node's own semantics on each line, and patches no prototype.

/** What `net` and `dgram` ask for. The port is -1 for a Unix socket. */
export interface ListenQuery {
  address: string | null
  port: number | null
  addressType: 4 | 6 | -1 | 'udp4' | 'udp6' | null
  fd?: number | undefined
  flags?: number | null | undefined
  backlog?: number | undefined
  readableAll?: boolean | undefined
  writableAll?: boolean | undefined
}

/** Answers with 0 and a handle, or a negative error number and anything that can be closed. */
export type ListenAnswer = (errno: number, handle: { close(): void }) => void

export type ListenHook = (server: Server | UdpSocket, query: ListenQuery, answer: ListenAnswer) => void

/**
 * `cluster` says then what is true: that this process is a worker, and which. If it shall also behave as one of
 * `node:cluster`, the worker is of the class that Node has for it: so it is what it would be on each line.
 */
export function takeOverListen(hook: ListenHook, id: number, behave = false): Cluster {
  // Not imported: a master, too, loads this file. And by this variable Node chooses the half of `cluster` that is for
  // workers; the other would load all that is needed to fork.
  process.env.NODE_UNIQUE_ID = String(id)
  const cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster
  delete process.env.NODE_UNIQUE_ID
  const worker = behave ? new cluster.Worker({ id, process, state: 'online' }) : { id, process }
  Object.assign(cluster, { isPrimary: false, isMaster: false, isWorker: true, worker, _getServer: hook })
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
  return cluster
}

/**
 * `process.send(message, server)` sends the handle of the server; where that is a stand-in, Node would pass a JavaScript
 * object to code that takes it for one of its own, and crash (so it does in workers of `node:cluster`). Sent is what
 * `realHandle` gives for it; null is refused as Node refuses what cannot be sent.
 */
export function sendServersBy(realHandle: (standIn: unknown) => StreamHandle | null | undefined): void {
  const { send } = process
  if (!send) return
  const sendable = (handle: unknown) => {
    const real = handle instanceof Server ? realHandle(Reflect.get(handle, '_handle')) : undefined
    if (real === undefined) return handle
    return real ? Object.assign(new Server(), { _handle: real }) : {}
  }
  process.send = function (
    this: NodeJS.Process,
    message: unknown,
    handle?: unknown,
    options?: unknown,
    callback?: unknown,
  ): boolean {
    return Reflect.apply(send, this, [message, sendable(handle), options, callback])
  }
}

/** What of `node:cluster` is not in its types. */
export interface Cluster extends NodeJS.EventEmitter {
  worker: ClusterWorker
  readonly Worker: {
    new (options: object): ClusterWorker
    readonly prototype: ClusterWorker
  }
}

export interface ClusterWorker extends NodeJS.EventEmitter {
  readonly id: number
  readonly process: ChildProcess
  state: string
  exitedAfterDisconnect: boolean | undefined
  isConnected(): boolean
  isDead(): boolean
  disconnect(): this
  destroy(signal?: string): void
}

// ---------------------------------------------------------------------------------------------------------------
// Uncaught exceptions. Once `node:domain` is loaded, it keeps a listener beside every other, which takes care of nothing.

/** The listeners of the process for an event, without Node's own. */
export function applicationListeners(event: 'uncaughtException'): unknown[] {
  return process.listeners(event).filter(({ name }) => name !== 'domainUncaughtExceptionClear')
}

// ---------------------------------------------------------------------------------------------------------------
// Output. A pipe that is read by nobody any more is an error that ends a process.

/**
 * From now on it ends this one no longer. Replaces listeners on `process.stdout` and `process.stderr`: Node makes a
 * stream when it is first asked for, which is slow, and most programs need but one.
 */
export function tolerateBrokenOutput(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const own = Object.getOwnPropertyDescriptor(process, name)
    if (!own?.get || !own.configurable) continue
    const get = () => {
      Object.defineProperty(process, name, own)
      return process[name].on('error', () => {})
    }
    Object.defineProperty(process, name, { ...own, get })
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Drain. What a server has open is not public, and counting it ourselves would cost something on every connection.

/** Whether a server is at its `maxConnections` and would drop one more (unless it is told to drop). */
export function isFull(server: Server): boolean {
  const { maxConnections, _connections: open } = server as Server & { _connections: number }
  const drops = Reflect.get(server, 'dropMaxConnection') === true
  const limited = maxConnections != null && (maxConnections !== 0 || zeroIsALimit)
  return limited && open >= maxConnections && !drops
}

/** A `maxConnections` of 0 meant "no limit" up to Node 20. */
const zeroIsALimit = Number(process.versions.node.split('.')[0]) > 20

/** Whether a TLS server was given session ticket keys in its options: then they are not ours to replace. */
export function hasTicketKeys(server: Server): boolean {
  return Reflect.get(server, 'ticketKeys') !== undefined
}

/** How many connections a server has open. `getConnections` tells it in a later turn only. */
export function openConnections(server: Server): number {
  return (server as Server & { _connections: number })._connections
}

/**
 * Calls back after each connection of a server that has ended, when it no longer counts. Replaces a 'close' listener
 * on each of them: a socket calls this method of its server when it is gone, to see whether it was the last.
 */
export function onConnectionEnd(server: Server, callback: () => void): void {
  const { _emitCloseIfDrained: own } = server as unknown as { _emitCloseIfDrained: () => void }
  Object.defineProperty(server, '_emitCloseIfDrained', {
    configurable: true,
    writable: true,
    value(this: Server) {
      own.call(this)
      callback()
    },
  })
}

/** The open sockets that `server` accepted. Replaces bookkeeping on each 'connection' event. */
export function socketsOf(server: Server): Socket[] {
  const { _getActiveHandles: active } = process as unknown as { _getActiveHandles(): unknown[] }
  const handles = active.call(process)
  return handles.filter(
    (handle): handle is Socket => handle instanceof Socket && Reflect.get(handle, 'server') === server,
  )
}

/** The response that an HTTP connection is working on, if it is. */
export function responseOn(socket: Socket): ServerResponse | undefined {
  return (Reflect.get(socket, '_httpMessage') as ServerResponse | null | undefined) ?? undefined
}

/** Whether a client has sent further requests, which wait for the response that its connection is working on. */
export function hasPipelined(socket: Socket, { req: request }: ServerResponse): boolean {
  const { parser } = socket as Socket & { parser?: { incoming?: unknown } | null }
  return parser?.incoming != null && parser.incoming !== request
}

/** The sockets on which an HTTP server speaks HTTP/1.1: not those that were upgraded or speak HTTP/2. */
export function httpSocketsOf(server: Server): Socket[] {
  return listed(server, 'all')
}

/**
 * Those of them on which no request is under way. Replaces `closeIdleConnections`, which also closes connections
 * whose answer was ended but is not sent yet, and so cuts off every client that reads slowly.
 */
export function idleHttpSocketsOf(server: Server): Socket[] {
  return listed(server, 'idle').filter((socket) => !responseOn(socket))
}

function listed(server: Server, which: 'all' | 'idle'): Socket[] {
  const key = Object.getOwnPropertySymbols(server).find(
    (symbol) => symbol.description === 'http.server.connections',
  )
  if (key === undefined) return []
  const list = Reflect.get(server, key) as Record<typeof which, () => { socket: Socket | null }[]>
  return list[which]().flatMap(({ socket }) => (socket ? [socket] : []))
}

/**
 * Stops a server of any kind from accepting, and nothing more. `http.Server#close` would also reset idle
 * keep-alive connections, and lose the requests that are on their way on them.
 */
export function stopAccepting(server: Server): void {
  Server.prototype.close.call(server)
}
