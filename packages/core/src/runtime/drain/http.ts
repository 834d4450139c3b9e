import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:net'
import { httpSocketsOf, responseOn } from '../../node-internals.js'
import type { DrainLimits } from './server.js'

/** How often idle connections are looked for, once their time is over. */
const SWEEP_MS = 250

/**
 * HTTP/1.1: every answer from now on says `Connection: close`, so that the client sends its next request elsewhere.
 * An idle connection may have a request on its way to us; it is closed only after `keepAliveGraceMs`.
 */
export function finishHttp(server: Server, { clock, keepAliveGraceMs }: DrainLimits): void {
  if (!speaksHttp1(server)) return
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.httpVersionMajor < 2) closeAfter(response)
  })
  for (const socket of httpSocketsOf(server)) {
    const response = responseOn(socket)
    if (response) closeAfter(response)
  }
  const sweep = () => {
    server.closeIdleConnections()
    // Connected, and silent ever since: Node counts these as busy until their headers time out.
    for (const socket of httpSocketsOf(server)) if (socket.bytesRead === 0) socket.destroy()
    clock.after(SWEEP_MS, sweep)
  }
  clock.after(keepAliveGraceMs, sweep)
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}

function speaksHttp1(server: Server): server is HttpServer {
  return typeof Reflect.get(server, 'closeIdleConnections') === 'function'
}
