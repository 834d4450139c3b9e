import { Socket as UdpSocket } from 'node:dgram'
import type { Server } from 'node:net'
import type { ListenReply, WorkerMessage, WorkerRequests } from '../ipc/protocol.js'
import type { ListenAnswer, ListenHook, ListenQuery, UdpHandle } from '../node-internals.js'
import { unixPath } from '../sockets/unix-path.js'
import { Listener } from './listener.js'
import type { Runtime, WorkerChannel } from './runtime.js'
import { watch } from './watch.js'

/** The master is gone and cannot answer. */
const UV_EPIPE = -32

/** For an answer without a socket: `net.Server` closes what it is given, also when it is given an error. */
const NOTHING = { close() {} }

type TlsServer = Server & { getTicketKeys(): Buffer; setTicketKeys(keys: Buffer): void }

/**
 * Transparent listen: a server of this process gets its socket from the master. Node has sorted out the arguments
 * by then; what is left are an address, a port, and a few flags.
 */
export function listenThrough(runtime: Runtime): ListenHook {
  return (server, query, answer) => {
    const absolute = query.port === -1 && query.address !== null ? unixPath(query.address) : query.address
    const question = { ...query, address: absolute }
    if (server instanceof UdpSocket) void listenUdp(runtime, server, question, answer)
    else void listenStream(runtime, server, question, answer)
  }
}

async function listenStream(runtime: Runtime, server: Server, query: ListenQuery, answer: ListenAnswer) {
  const { listeners, readiness, channel } = runtime
  const id = listeners.nextId()
  const listener = new Listener(id, server, {
    close: () => tell(runtime, { t: 'unlisten', listener: id }),
    attachFailed: (source, errno) => tell(runtime, { t: 'attachFailed', listener: id, source, errno }),
  })
  listeners.addStream(listener)
  const tls = isTls(server) ? server : undefined
  readiness.asking()
  const reply = await ask(channel, {
    listener: id,
    query,
    ticketKeys: tls?.getTicketKeys().toString('base64'),
  })
  readiness.answered()
  if (!reply.granted) {
    listeners.remove(id)
    answer(reply.errno, NOTHING)
    return
  }
  if (tls && reply.ticketKeys !== undefined) tls.setTicketKeys(Buffer.from(reply.ticketKeys, 'base64'))
  listener.setAddress(reply.address)
  watch(listener)
  whenListening(runtime, server, id, reply.socket)
  answer(0, listener)
}

async function listenUdp(runtime: Runtime, socket: UdpSocket, query: ListenQuery, answer: ListenAnswer) {
  const { listeners, readiness, channel } = runtime
  const id = listeners.nextId()
  const listener = { id, socket, handle: undefined as UdpHandle | undefined }
  listeners.addUdp(listener)
  readiness.asking()
  const reply = await ask(channel, { listener: id, query, ticketKeys: undefined })
  readiness.answered()
  const { handle } = listener
  if (!reply.granted || !handle) {
    listeners.remove(id)
    handle?.close()
    answer(reply.granted ? UV_EPIPE : reply.errno, NOTHING)
    return
  }
  socket.once('close', () => tell(runtime, { t: 'unlisten', listener: id }))
  whenListening(runtime, socket, id, reply.socket)
  answer(0, handle)
}

async function ask(channel: WorkerChannel, question: WorkerRequests['listen'][0]): Promise<ListenReply> {
  try {
    return await channel.request('listen', question)
  } catch (error) {
    return { granted: false, errno: UV_EPIPE, why: String(error) }
  }
}

function whenListening(
  runtime: Runtime,
  server: Server | UdpSocket,
  id: number,
  name: string | undefined,
): void {
  const emitter: NodeJS.EventEmitter = server
  emitter.once('listening', () => {
    tell(runtime, { t: 'listening', listener: id })
    runtime.readiness.listening(name)
  })
}

/** What the master is told of no longer matters once it is gone. */
function tell({ channel }: Runtime, message: WorkerMessage): void {
  if (channel.open) channel.send(message)
}

function isTls(server: Server): server is TlsServer {
  return typeof Reflect.get(server, 'getTicketKeys') === 'function'
}
