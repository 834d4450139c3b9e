import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock.js'
import type { Upgrade, Watched } from '../listen/watch.js'
import type { DrainLimits } from './server.js'

/** A WebSocket close frame, unmasked as a server's are: code 1001, "going away" (RFC 6455, 7.4.1). */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** Of the time that is left, what remains for the last peers to answer. */
const ANSWER_SHARE = 0.2

/** How soon an application that has not answered the upgrade yet is looked at again. */
const UNANSWERED_MS = 100

/**
 * Upgraded sockets do not end by themselves. They are closed one after the other, spread over the time that is
 * left, so that their clients do not all come back in one moment. One that is upgraded only now is closed at once.
 */
export function finishUpgraded(
  server: Server,
  { upgraded }: Watched,
  { clock, spreadMs }: DrainLimits,
): void {
  const stepMs = (spreadMs * (1 - ANSWER_SHARE)) / upgraded.size
  for (const [index, [socket, upgrade]] of [...upgraded].entries()) {
    clock.after(index * stepMs, () => goAway(socket, upgrade, clock))
  }
  const emitter: NodeJS.EventEmitter = server
  // Without a listener of the application's Node does not upgrade, and must not find one of ours.
  if (emitter.listenerCount('upgrade') === 0) return
  emitter.on('upgrade', (_request: unknown, socket: Duplex) => {
    const upgrade = upgraded.get(socket)
    if (upgrade) goAway(socket, upgrade, clock)
  })
}

function goAway(socket: Duplex, upgrade: Upgrade, clock: Clock): void {
  if (!socket.writable) return
  if (!upgrade.answered()) clock.after(UNANSWERED_MS, () => goAway(socket, upgrade, clock))
  // The peer answers with a close frame of its own, on which the application's WebSocket library ends the socket.
  else if (upgrade.webSocket) socket.write(GOING_AWAY)
  else socket.end()
}
