import type { IncomingMessage } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Listener } from './listener.js'

/**
 * Notes what a server's connections turn into: HTTP/2 sessions, and sockets that were upgraded (WebSockets). Nothing
 * is done per request or per plain connection.
 */
export function watch(listener: Listener): void {
  if (isHttp2(listener)) watchSessions(listener)
  if (isHttp(listener)) watchUpgrades(listener)
}

function watchSessions({ server, sessions }: Listener): void {
  const emitter: NodeJS.EventEmitter = server
  emitter.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
}

/** A server without an 'upgrade' listener treats upgrades in its own way; so ours is there only beside another. */
function watchUpgrades({ server, upgraded }: Listener): void {
  const emitter: NodeJS.EventEmitter = server
  const note = (request: IncomingMessage, socket: Duplex) => {
    upgraded.set(socket, { webSocket: request.headers.upgrade?.toLowerCase() === 'websocket' })
    socket.once('close', () => upgraded.delete(socket))
  }
  const noting = () => emitter.listeners('upgrade').includes(note)
  emitter.on('newListener', (event, added) => {
    if (event === 'upgrade' && added !== note && !noting()) emitter.prependListener('upgrade', note)
  })
  emitter.on('removeListener', (event) => {
    if (event === 'upgrade' && noting() && emitter.listenerCount('upgrade') === 1)
      emitter.off('upgrade', note)
  })
  if (emitter.listenerCount('upgrade') > 0) emitter.prependListener('upgrade', note)
}

/** By what they can do, without loading `http` and `http2` for applications that use neither. */
function isHttp({ server }: Listener): boolean {
  return typeof Reflect.get(server, 'setTimeout') === 'function' && 'maxHeadersCount' in server
}

function isHttp2({ server }: Listener): boolean {
  return typeof Reflect.get(server, 'updateSettings') === 'function'
}
