import type { IncomingMessage } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { countRequests, countStreams } from './requests.js'

/** A connection that is no longer HTTP's. */
export interface Upgrade {
  readonly webSocket: boolean
  /** Whether the application has said yes: it may take its time. */
  readonly answered: () => boolean
}

/** What a drain must know of a server's connections, and cannot ask Node for later. */
export interface Watched {
  readonly upgraded: Map<Duplex, Upgrade>
  readonly sessions: Set<ServerHttp2Session>
}

/** A server may be closed and listen again, any number of times. */
const known = new WeakMap<Server, Watched>()

/**
 * Notes what a server's connections turn into: HTTP/2 sessions, and sockets that were upgraded (WebSockets). Nothing
 * is done per plain connection, and requests are only counted.
 */
export function watch(server: Server): Watched {
  let watched = known.get(server)
  if (!watched) {
    watched = { upgraded: new Map(), sessions: new Set() }
    known.set(server, watched)
    if (isHttp2(server)) watchSessions(server, watched)
    if (isHttp(server)) {
      countRequests(server)
      watchUpgrades(server, watched)
    }
  }
  return watched
}

function watchSessions(emitter: NodeJS.EventEmitter, { sessions }: Watched): void {
  emitter.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    countStreams(session)
    session.once('close', () => sessions.delete(session))
  })
}

/** A server without an 'upgrade' listener treats upgrades in its own way; so ours is there only beside another. */
function watchUpgrades(emitter: NodeJS.EventEmitter, { upgraded }: Watched): void {
  const note = (request: IncomingMessage, socket: Socket) => {
    const writtenBefore = socket.bytesWritten
    upgraded.set(socket, {
      webSocket: request.headers.upgrade?.toLowerCase() === 'websocket',
      answered: () => socket.bytesWritten > writtenBefore,
    })
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
function isHttp(server: Server): boolean {
  return typeof Reflect.get(server, 'setTimeout') === 'function' && 'maxHeadersCount' in server
}

function isHttp2(server: Server): boolean {
  return typeof Reflect.get(server, 'updateSettings') === 'function'
}
