import type { Server } from 'node:net'
import type { Clock } from '../../clock.js'
import { idleHttpSocketsOf, stopAccepting } from '../../node-internals.js'
import type { Listener } from '../listen/listener.js'
import { announceEnd, speaksHttp1 } from './http.js'
import { finishSessions } from './http2.js'
import { clientSpeaksFirst, closeSilent } from './silent.js'
import { finishUpgraded } from './upgraded.js'

export interface DrainLimits {
  readonly clock: Clock
  /** Over how much time the upgraded sockets are closed. */
  readonly spreadMs: number
  /** How long an idle keep-alive connection may still bring a request. */
  readonly keepAliveGraceMs: number
}

/** How often idle connections are looked for, once their time is over. */
const SWEEP_MS = 250

/** From now on the server's answers say that they are the last ones. It still accepts. */
export function announceDrain({ server }: Listener): void {
  if (speaksHttp1(server)) announceEnd(server)
}

/** Stops one server from accepting and lets its connections finish. Resolves when the last one is closed. */
export function drainServer(listener: Listener, limits: DrainLimits): Promise<void> {
  const { server, watched } = listener
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()))
  if (!listener.closed) stopAccepting(server)
  // One that listens again would never say 'close'.
  server.on('listening', () => stopAccepting(server))
  finishSessions(server, watched, limits)
  finishUpgraded(server, watched, limits)
  sweepAfter(limits.keepAliveGraceMs, server, limits.clock)
  return closed
}

/**
 * A request may have been on its way on an idle connection. From now on none is waited for. What came in time is taken
 * first, though this process was too busy to read it.
 */
export function sweepAfter(delayMs: number, server: Server, clock: Clock): void {
  clock.after(delayMs, () => clock.afterReading(() => sweep(server, clock)))
}

function sweep(server: Server, clock: Clock): void {
  for (const socket of idleHttpSocketsOf(server)) socket.destroy()
  if (clientSpeaksFirst(server)) closeSilent(server)
  sweepAfter(SWEEP_MS, server, clock)
}
