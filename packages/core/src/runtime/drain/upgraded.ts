import type { Duplex } from 'node:stream'
import type { Listener } from '../listener.js'
import type { DrainLimits } from './server.js'

/** A WebSocket close frame, unmasked as a server's are: code 1001, "going away" (RFC 6455, 7.4.1). */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** Of the time that is left, what remains for the last peers to answer. */
const ANSWER_SHARE = 0.2

/**
 * Upgraded sockets do not end by themselves. They are closed one after the other, spread over the time that is
 * left, so that their clients do not all come back in one moment.
 */
export function finishUpgraded({ upgraded }: Listener, { clock, spreadMs }: DrainLimits): void {
  const sockets = [...upgraded]
  const stepMs = (spreadMs * (1 - ANSWER_SHARE)) / sockets.length
  for (const [index, [socket, { webSocket }]] of sockets.entries()) {
    clock.after(index * stepMs, () => goAway(socket, webSocket))
  }
}

function goAway(socket: Duplex, webSocket: boolean): void {
  if (!socket.writable) return
  // The peer answers with a close frame of its own, on which the application's WebSocket library ends the socket.
  if (webSocket) socket.write(GOING_AWAY)
  else socket.end()
}
