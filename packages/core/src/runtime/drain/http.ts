import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { hasPipelined, httpSocketsOf, responseOn } from '../../node-internals.js'

/**
 * HTTP/1.1: from now on answers say `Connection: close`, so that the client sends its next request elsewhere. Node ends
 * a connection after an answer that does; where requests are pipelined only the last one may.
 */
export function announceEnd(server: HttpServer): void {
  const last = new WeakMap<Socket, ServerResponse>()
  const closeAfter = (socket: Socket, response: ServerResponse) => {
    const before = last.get(socket)
    if (before && !before.headersSent) before.removeHeader('Connection')
    last.set(socket, response)
    if (!response.headersSent) response.setHeader('Connection', 'close')
  }
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.httpVersionMajor < 2) closeAfter(request.socket, response)
  })
  for (const socket of httpSocketsOf(server)) {
    const response = responseOn(socket)
    // With more waiting behind it, the connection is closed when it is idle.
    if (response && !hasPipelined(socket, response)) closeAfter(socket, response)
  }
}

/** Also of an HTTP/2 server, which may let clients speak HTTP/1.1. */
export function speaksHttp1(server: Server): server is HttpServer {
  return typeof Reflect.get(server, 'closeIdleConnections') === 'function'
}
