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
  const listening = whenListening(runtime, server, id, query)
  const tls = isTls(server) ? server : undefined
  const ticketKeys = tls && !hasTicketKeys(tls) ? tls.getTicketKeys().toString('base64') : undefined
  ask(runtime, { listener: id, query, ticketKeys }, (reply) => {
    if (!reply.granted) {
      listening.refused()
      listeners.remove(id)
      if (reply.syscall === 'bind') answer(reply.errno, NOTHING)
      else answer(0, new Refusal(server, query, reply.errno))
      return
    }
    if (tls && ticketKeys !== undefined) shareTickets(tls, ticketKeys, reply.ticketKeys)
    listener.setAddress(reply.address)
    listener.backlog = reply.backlog
    listening.on(reply.socket)
    answer(0, listener)
    // The server was closed in the meantime, or could not listen.
    if (listener.closed) listeners.remove(id)
  })
}

function listenUdp(runtime: Runtime, socket: UdpSocket, query: ListenQuery, answer: ListenAnswer): void {
  const { listeners } = runtime
  const id = listeners.nextId()
  const listener = { id, socket, handle: undefined as UdpHandle | undefined }
  listeners.addUdp(listener)
  const listening = whenListening(runtime, socket, id, query)
  ask(runtime, { listener: id, query, ticketKeys: undefined }, (reply) => {
    const { handle } = listener
    const unlisten = () => tell(runtime, { t: 'unlisten', listener: id })
    if (reply.granted && handle && listeners.isOpen(id)) {
      // The application may remove all listeners, also those for 'close'.
      whenClosed(handle, () => {
        listeners.remove(id)
        unlisten()
      })
      listening.on(reply.socket)
      answer(0, handle)
      return
    }
    listening.refused()
    listeners.remove(id)
    handle?.close()
    if (reply.granted) unlisten()
    answer(reply.granted ? UV_EPIPE : reply.errno, NOTHING)
  })
}

function whenClosed(handle: UdpHandle, closed: () => void): void {
  const { close } = handle
  handle.close = (callback) => {
    closed()
    close.call(handle, callback)
  }
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
    .catch(
      (error): ListenReply => ({ granted: false, errno: UV_EPIPE, why: String(error), syscall: 'listen' }),
    )
    .then((reply) => {
      // It has stood by, or started, in vain, and ends: for its application nothing has failed. Nor is one told that leaves.
      const endsUntold = boot.cluster || (boot.lifeline !== undefined && !readiness.isReady)
      if (runtime.slot === STANDBY || (endsUntold && !channel.open)) return
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

/** Before it is answered: whoever hears of 'listening' after us may count on it that the master will. */
function whenListening(
  runtime: Runtime,
  server: Server | UdpSocket,
  id: number,
  query: ListenQuery,
): { on(socket: string | undefined): void; refused(): void } {
  const emitter: NodeJS.EventEmitter = server
  const { membership } = runtime
  let name: string | undefined
  let refused = false
  const tellMaster = () => {
    if (!refused && !runtime.listeners.isOpen(id)) return
    const where = membership?.listening(server, query)
    // Its application has closed it first.
    if (membership && !where) return
    tell(runtime, { t: 'listening', listener: id, socket: name, where })
    if (!refused) runtime.readiness.listening(name)
  }
  emitter.once('listening', tellMaster)
  return {
    on(socket) {
      name = socket
    },
    // In `node:cluster`, a server that tries again says it once for each time.
    refused() {
      refused = true
      if (!membership) emitter.off('listening', tellMaster)
    },
  }
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
