import type { Server } from 'node:net'
import { systemClock } from '../../clock.js'
import { idleHttpSocketsOf, stopAccepting } from '../../node-internals.js'
import { announceEnd, speaksHttp1 } from '../drain/http.js'
import { sweepAfter } from '../drain/server.js'

/** How long an idle keep-alive connection may still bring a request that is on its way. */
const GRACE_MS = 500

/**
 * `server.close()`, as `node:cluster` calls it as a worker disconnects; but `http.Server#close` resets idle keep-alive
 * connections at once, and loses what clients have just sent on them. So those are given a moment, and what comes on
 * them is answered with `Connection: close`.
 */
export function closeServer(server: Server, closed: () => void): void {
  if (!speaksHttp1(server) || !closesAsNodeDoes(server)) {
    server.close(closed)
    return
  }
  announceEnd(server)
  if (idleHttpSocketsOf(server).length === 0) {
    server.close(closed)
    return
  }
  server.once('close', closed)
  stopAccepting(server)
  sweepAfter(GRACE_MS, server, systemClock)
}

/** Not where an application has a `close` of its own, on the server or in a class: in Node's, this stands beside it. */
function closesAsNodeDoes(server: object): boolean {
  for (let holder: object | null = server; holder; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, 'close')) return Object.hasOwn(holder, 'closeIdleConnections')
  }
  return false
}
