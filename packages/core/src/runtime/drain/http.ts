import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:net'
import { httpSocketsOf, responseOn } from '../../node-internals.js'

/** HTTP/1.1: every answer from now on says `Connection: close`, so that the client sends its next request elsewhere. */
export function announceEnd(server: HttpServer): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.httpVersionMajor < 2) closeAfter(response)
  })
  for (const socket of httpSocketsOf(server)) {
    const response = responseOn(socket)
    if (response) closeAfter(response)
  }
}

/** Also of an HTTP/2 server, which may let clients speak HTTP/1.1. */
export function speaksHttp1(server: Server): server is HttpServer {
  return typeof Reflect.get(server, 'closeIdleConnections') === 'function'
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}
