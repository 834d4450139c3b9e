import type { Socket as UdpSocket } from 'node:dgram'
import type { Server } from 'node:net'
import { type ListenReply, STANDBY, type WorkerMessage, type WorkerRequests } from '../../ipc/protocol.js'
import {
  hasTicketKeys,
  type ListenAnswer,
  type ListenHook,
  type ListenQuery,
  type UdpHandle,
} from '../../node-internals.js'
import { unixPath } from '../../sockets/unix-path.js'
import type { Runtime } from '../runtime.js'
import { Listener } from './listener.js'
import { Refusal } from './refusal.js'

/** The master is gone and cannot answer. */
const UV_EPIPE = -32

/** For an answer without a socket. */
const NOTHING = { close() {} }

type TlsServer = Server & { getTicketKeys(): Buffer; setTicketKeys(keys: Buffer): void }

/**
 * Transparent listen: a server of this process gets its socket from the master. Node has sorted out the arguments
 * by then; what is left are an address, a port, and a few flags.
 */
export function listenThrough(runtime: Runtime): ListenHook {
  return (server, query, answer) => {
    const address = query.port === -1 && query.address !== null ? pathOf(query.address) : query.address
    const question = { ...query, address }
    if (isUdp(server, query)) listenUdp(runtime, server, question, answer)
    else listenStream(runtime, server as Server, question, answer)
  }
}

/** As Node has it: '@name' is a file. That it writes an abstract name is a habit of options only. */
function pathOf(address: string): string {
  return unixPath(address.startsWith('@') ? `./${address}` : address)
}

function listenStream(runtime: Runtime, server: Server, query: ListenQuery, answer: ListenAnswer): void {
  const { listeners } = runtime
  const id = listeners.nextId()
  const on = {
    close: () => tell(runtime, { t: 'unlisten', listener: id }),
    attachFailed: (source: number, errno: number) =>
      tell(runtime, { t: 'attachFailed', listener: id, source, errno }),
    connections: (open: number) => {
      if (!listener.closed) tell(runtime, { t: 'connections', listener: id, open })
    },
  }
  const listener = new Listener(id, server, on, runtime)
  listeners.addStream(listener)
  const tls = isTls(server) ? server : undefined
  const ticketKeys = tls && !hasTicketKeys(tls) ? tls.getTicketKeys().toString('base64') : undefined
  ask(runtime, { listener: id, query, ticketKeys }, (reply) => {
    if (!reply.granted) {
      listeners.remove(id)
      answer(0, new Refusal(server, query, reply.errno))
      return
    }
    if (tls && ticketKeys !== undefined) shareTickets(tls, ticketKeys, reply.ticketKeys)
    listener.setAddress(reply.address)
    listener.backlog = reply.backlog
    answer(0, listener)
    // The server was closed in the meantime, or could not listen.
    if (listener.closed) listeners.remove(id)
    else whenListening(runtime, server, id, reply.socket)
  })
}

function listenUdp(runtime: Runtime, socket: UdpSocket, query: ListenQuery, answer: ListenAnswer): void {
  const { listeners } = runtime
  const id = listeners.nextId()
  const listener = { id, socket, handle: undefined as UdpHandle | undefined }
  listeners.addUdp(listener)
  ask(runtime, { listener: id, query, ticketKeys: undefined }, (reply) => {
    const { handle } = listener
    const unlisten = () => tell(runtime, { t: 'unlisten', listener: id })
    if (reply.granted && handle && listeners.isOpen(id)) {
      socket.once('close', unlisten)
      whenListening(runtime, socket, id, reply.socket)
      answer(0, handle)
      return
    }
    listeners.remove(id)
    handle?.close()
    if (reply.granted) unlisten()
    answer(reply.granted ? UV_EPIPE : reply.errno, NOTHING)
  })
}

/** `then` runs outside of any promise: what the application throws there ends the process as it does without us. */
function ask(
  runtime: Runtime,
  question: WorkerRequests['listen'][0],
  then: (reply: ListenReply) => void,
): void {
  const { boot, channel, readiness } = runtime
  readiness.asking()
  channel
    .request('listen', question)
    .catch((error): ListenReply => ({ granted: false, errno: UV_EPIPE, why: String(error) }))
    .then((reply) => {
      // It has stood by, or started, in vain, and ends: for its application nothing has failed.
      if (runtime.slot === STANDBY || (boot.lifeline !== undefined && !channel.open && !readiness.isReady))
        return
      process.nextTick(() => {
        readiness.answered()
        then(reply)
      })
    })
}

/** An application that has set keys of its own while the master was asked knows better. */
function shareTickets(server: TlsServer, own: string, shared: string | undefined): void {
  const untouched = server.getTicketKeys().toString('base64') === own
  if (untouched && shared !== undefined && shared !== own) server.setTicketKeys(Buffer.from(shared, 'base64'))
}

function whenListening(
  runtime: Runtime,
  server: Server | UdpSocket,
  id: number,
  name: string | undefined,
): void {
  const emitter: NodeJS.EventEmitter = server
  emitter.once('listening', () => {
    if (!runtime.listeners.isOpen(id)) return
    tell(runtime, { t: 'listening', listener: id, socket: name })
    runtime.readiness.listening(name)
  })
}

/** What the master is told of no longer matters once it is gone. */
function tell({ channel }: Runtime, message: WorkerMessage): void {
  if (channel.open) channel.send(message)
}

function isUdp(_server: Server | UdpSocket, { addressType }: ListenQuery): _server is UdpSocket {
  return addressType === 'udp4' || addressType === 'udp6'
}

function isTls(server: Server): server is TlsServer {
  return typeof Reflect.get(server, 'getTicketKeys') === 'function'
}
