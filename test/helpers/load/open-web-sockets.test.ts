import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { assertNoLeaks, snapshot } from '../leaks.js'
import { once, until } from '../wait.js'
import { OpenWebSockets } from './open-web-sockets.js'

interface Server extends AsyncDisposable {
  readonly port: number
}

/** Told of each connection, counted from 1. */
async function serve(behaviour: (socket: WebSocket, number: number) => void): Promise<Server> {
  let count = 0
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    behaviour(socket, ++count)
  })
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of server.clients) socket.terminate()
      await closed
    },
  }
}

function echo(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

test('they stay open, and what they say comes back', async () => {
  const before = snapshot()
  {
    await using server = await serve(echo)
    await using sockets = new OpenWebSockets({ port: server.port, count: 5, everyMs: 10 })
    await until(() => sockets.open === 5 && sockets.report().echoes > 20, { what: 'echoes' })
    const report = await sockets.stop()
    assert.deepEqual([report.opened, report.closes.size, report.failures], [5, 0, []])
  }
  await assertNoLeaks(before)
})

test('one that is closed with 1001 comes back, and nothing has failed', async () => {
  await using server = await serve((socket, number) => (number === 1 ? socket.close(1001) : echo(socket)))
  await using sockets = new OpenWebSockets({ port: server.port, count: 1, everyMs: 10 })
  await until(() => sockets.report().echoes > 0, { what: 'an echo' })
  const report = await sockets.stop()
  assert.deepEqual([report.opened, [...report.closes], report.failures], [2, [[1001, 1]], []])
})

test('one whose life is over goes by itself, and comes back', async () => {
  await using server = await serve(echo)
  await using sockets = new OpenWebSockets({ port: server.port, count: 2, everyMs: 10, lifeMs: 50 })
  await until(() => sockets.report().opened > 6, { what: 'some lives' })
  const report = await sockets.stop()
  assert.deepEqual([report.closes.size, report.failures], [0, []])
})

for (const [how, code, end] of [
  ['cut off', 1006, (socket: WebSocket) => socket.terminate()],
  ['closed otherwise', 1011, (socket: WebSocket) => socket.close(1011)],
] as const) {
  test(`one that is ${how} has failed`, async () => {
    await using server = await serve((socket, number) => (number === 1 ? end(socket) : echo(socket)))
    await using sockets = new OpenWebSockets({ port: server.port, count: 1, everyMs: 10 })
    await until(() => sockets.report().echoes > 0, { what: 'an echo' })
    const report = await sockets.stop()
    assert.deepEqual([...report.closes], [[code, 1]])
    assert.match(report.failures.join(), new RegExp(`^closed with ${code} .* at \\d+ ms$`))
  })
}

test('one that answers nothing, or wrongly, has failed', async () => {
  await using silent = await serve(() => {})
  await using unheard = new OpenWebSockets({ port: silent.port, count: 1, everyMs: 1, timeoutMs: 50 })
  await until(() => unheard.report().failures.length > 0, { what: 'a failure' })
  assert.match((await unheard.stop()).failures[0]!, /^no echo within 50 ms/)
  await using wrong = await serve((socket) => socket.on('message', () => socket.send('what?')))
  await using misheard = new OpenWebSockets({ port: wrong.port, count: 1, everyMs: 1 })
  await until(() => misheard.report().failures.length > 0, { what: 'a failure' })
  assert.match((await misheard.stop()).failures[0]!, /^'what\?' for an echo of 'message 0'/)
})

test('one that cannot be opened has failed', async () => {
  const server = await serve(echo)
  await server[Symbol.asyncDispose]()
  await using sockets = new OpenWebSockets({ port: server.port, count: 1 })
  await until(() => sockets.report().failures.length > 0, { what: 'a failure' })
  assert.match((await sockets.stop()).failures[0]!, /^not opened: ECONNREFUSED/)
})
