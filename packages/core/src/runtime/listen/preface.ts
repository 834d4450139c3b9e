import type { Server, Socket } from 'node:net'
import type { Preface } from '../../ipc/handoff.js'
import type { SocketName, StreamHandle } from '../../node-internals.js'

/** Has the server find the connection as if nobody had read from it, and the client as the proxy has named it. */
export function withPreface(
  server: Server,
  connection: StreamHandle,
  { head, peer }: Preface,
  take: () => void,
): void {
  if (peer) {
    connection.getpeername = (out: SocketName) => {
      Object.assign(out, peer)
      return 0
    }
  }
  const putBack = (socket: Socket) => {
    if (head !== undefined) socket.unshift(Buffer.from(head, 'base64'))
  }
  // Before the protocols look at the socket: HTTP, HTTP/2 and TLS all read first what is there already.
  server.prependOnceListener('connection', putBack)
  take()
  server.off('connection', putBack)
}
