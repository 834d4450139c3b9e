import type { Server } from 'node:net'
import { httpSocketsOf, socketsOf } from '../../node-internals.js'

/**
 * Closes the connections on which nothing has ever come, where the protocol has the client speak first: HTTP, and
 * TLS of any kind. Node counts them as busy until its timeouts for headers and handshakes.
 */
export function closeSilent(server: Server): void {
  for (const socket of [...socketsOf(server), ...httpSocketsOf(server)]) {
    if (socket.bytesRead === 0) socket.destroy()
  }
}

export function clientSpeaksFirst(server: Server): boolean {
  return 'closeIdleConnections' in server || 'getTicketKeys' in server
}
