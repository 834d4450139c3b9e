import type { ServerHttp2Session } from 'node:http2'
import type { Clock } from '../../clock.js'

const NO_ERROR = 0
const HIGHEST_STREAM = 2 ** 31 - 1
/** A peer that answers no ping in this time is not waited for. */
const PING_MS = 1_000

/**
 * HTTP/2 (RFC 9113, 6.8): first a GOAWAY that refuses no stream yet, so that the client opens its next ones
 * elsewhere; then, when a ping has shown that it knows, the final one. Streams that were opened in between are
 * answered.
 */
export function finishSession(session: ServerHttp2Session, clock: Clock): void {
  if (session.closed || session.destroyed) return
  session.goaway(NO_ERROR, HIGHEST_STREAM)
  const close = () => {
    timer.cancel()
    if (!session.closed && !session.destroyed) session.close()
  }
  const timer = clock.after(PING_MS, close)
  if (!session.ping(close)) close()
}
