/** The group `chat`: a Socket.IO server with the sessions of its own clients, and the messages of all. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { worker } from '@manifold/core/worker'
import { Server } from 'socket.io'
import { parseMessage } from './messages.js'
import { servePage } from './page.js'

const MAX_PACKET_BYTES = 10_000
const MASTER_TIMEOUT_MS = 2_000

const server = createServer(servePage)
// It also serves the client's script, at /socket.io/socket.io.js, and leaves all other paths to the page.
const io = new Server(server, { maxHttpBufferSize: MAX_PACKET_BYTES })

// A client goes by connections that it keeps, and a connection stays with its worker: so one may lead to a sibling, once
// the worker that was away is back. A session begins on a new connection, and one that leads astray is not kept.
io.engine.on('initial_headers', (headers: Record<string, string>, { headers: asked }: IncomingMessage) => {
  if (asked.upgrade === undefined) headers.connection = 'close'
})
io.engine.on('connection_error', ({ req }: { req?: { res?: ServerResponse } }) => {
  req?.res?.setHeader('connection', 'close')
})

io.on('connection', (socket) => {
  socket.emit('welcome', { slot: worker.slot, pid: process.pid })
  socket.on('say', async (from: unknown, text: unknown, done: unknown) => {
    const answer = typeof done === 'function' ? done : () => {}
    const message = parseMessage(from, text)
    if (message === undefined) return answer({ error: 'A name and a text, please, and not too long.' })
    try {
      await worker.call('master', 'say', message, { timeoutMs: MASTER_TIMEOUT_MS })
      answer({})
    } catch (error) {
      answer({ error: (error as Error).message })
    }
  })
})

worker.subscribe('said', (message) => io.local.emit('said', message))

server.listen(worker.socket('http'))

// WebSockets are closed for us, spread over the time that is left. A session that polls ends only if we end it; its
// client then gets a new one from a sibling.
worker.on('drain', () => {
  for (const { conn } of io.sockets.sockets.values()) if (conn.transport.name === 'polling') conn.close()
})
