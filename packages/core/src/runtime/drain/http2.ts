import type { ServerHttp2Session } from 'node:http2'
import type { Server } from 'node:net'
import type { Watched } from '../listen/watch.js'
import type { DrainLimits } from './server.js'

/** A session on which no request comes for so long is told to end, too. */
const QUIET_MS = 1_000

/** Those that there are, and those that begin on a connection that was made already. */
export function finishSessions(server: Server, { sessions }: Watched, limits: DrainLimits): void {
  for (const session of sessions) finishSession(session, limits)
  const emitter: NodeJS.EventEmitter = server
  emitter.on('session', (session: ServerHttp2Session) => finishSession(session, limits))
}

/**
 * Says GOAWAY; the streams that are open are answered, then the connection is closed. A request that crosses the
 * GOAWAY on its way is not: Node takes no stream after one, not even after a mere announcement (RFC 9113, 6.8). Its
 * client learns that it was not processed, and may repeat it, but not every client does. So it is said right after
 * a request has come, when most clients wait for the answer.
 */
function finishSession(session: ServerHttp2Session, { clock, keepAliveGraceMs }: DrainLimits): void {
  const close = () => {
    timer.cancel()
    session.off('stream', closeSoon)
    if (!session.closed && !session.destroyed) session.close()
  }
  // Not before what has come already is taken, too.
  const closeSoon = () => setImmediate(close)
  const timer = clock.after(Math.min(QUIET_MS, keepAliveGraceMs), closeSoon)
  session.once('stream', closeSoon)
}
