import type { Clock } from '../../clock.js'
import { stopAccepting } from '../../node-internals.js'
import type { Listener } from '../listener.js'
import { finishHttp } from './http.js'
import { finishSession } from './http2.js'
import { finishUpgraded } from './upgraded.js'

export interface DrainLimits {
  readonly clock: Clock
  /** Monotonic ms: what is open then is cut off. */
  readonly deadline: number
  /** Over how much of that time the upgraded sockets are closed. */
  readonly spreadMs: number
  /** How long an idle keep-alive connection may still bring a request. */
  readonly keepAliveGraceMs: number
}

/** Stops one server from accepting and lets its connections finish. Resolves when the last one is closed. */
export function drainServer(listener: Listener, limits: DrainLimits): Promise<void> {
  const { server, sessions } = listener
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()))
  if (!listener.closed) stopAccepting(server)
  finishHttp(server, limits)
  for (const session of sessions) finishSession(session, limits.clock)
  finishUpgraded(listener, limits)
  return closed
}
