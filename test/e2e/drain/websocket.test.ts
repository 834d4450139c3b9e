import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupOptions, Worker } from '@manifold/groups'
import { WebSocket } from 'ws'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { HttpClient } from '../http-client.js'
import { fixture } from '../service.js'
import { Replacement } from './replacement.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const DONE = { type: 'exited', code: 0, asked: true }
const GOING_AWAY = 1001
/** As a server sends it: unmasked, with that code. */
const CLOSE_FRAME = '\x88\x02\x03\xe9'

const web: GroupOptions = {
  exec: fixture('services/counts-messages'),
  drainTimeoutMs: 2_000,
  keepAliveGraceMs: 300,
}

/** What the application says of a connection that was closed. */
interface Report {
  code: number
  messages: number
}

/** Connects, and resolves when the application knows the connection. */
async function open(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(socket, 'message')
  return socket
}

describe('WebSockets of a worker that drains', { concurrency: true }, () => {
  it('are closed with 1001, one after the other', async () => {
    await using replacement = await Replacement.of(web)
    const sockets = await Promise.all(Array.from({ length: 5 }, () => open(replacement.port)))
    const { ended } = await replacement.begin()
    const begunAt = performance.now()
    const closings = await Promise.all(
      sockets.map(async (socket) => {
        const [code] = await once(socket, 'close')
        return { code: code as number, atMs: performance.now() - begunAt }
      }),
    )
    assert.deepEqual(
      closings.map(({ code }) => code),
      Array<number>(5).fill(GOING_AWAY),
    )
    const [first = 0, ...later] = closings.map(({ atMs }) => atMs).toSorted((one, other) => one - other)
    // Four fifths of the time, in five steps.
    assert.ok(first < 300 && later.at(-1)! - first > 1_000, `closed after ${[first, ...later]} ms`)
    const { reason } = await ended
    assert.deepEqual([reason, replacement.old.destroyedConnections], [DONE, 0])
  })

  it('lose no message that was sent before the client knew', async () => {
    await using replacement = await Replacement.of(web)
    const reports: Report[] = []
    replacement.service.master.on('message', (_worker: Worker, report: unknown) =>
      reports.push(report as Report),
    )
    const sockets = await Promise.all(Array.from({ length: 4 }, () => open(replacement.port)))
    const { ended } = await replacement.begin()
    const sent = await Promise.all(
      sockets.map(async (socket) => {
        let messages = 0
        while (socket.readyState === WebSocket.OPEN) {
          socket.send(`message ${messages++}`)
          await sleep(2)
        }
        return messages
      }),
    )
    await ended
    assert.deepEqual(
      reports.map(({ messages }) => messages).toSorted((one, other) => one - other),
      sent.toSorted((one, other) => one - other),
    )
    for (const { code } of reports) assert.equal(code, GOING_AWAY)
  })

  it('that come yet, on a connection that was there already, are closed at once', async () => {
    await using replacement = await Replacement.of({
      ...web,
      drainTimeoutMs: 20_000,
      keepAliveGraceMs: 10_000,
    })
    using client = await HttpClient.connect(replacement.port)
    await client.get()
    const { ended } = await replacement.begin()
    await sleep(200)
    const bytes = client.readUntil(CLOSE_FRAME)
    client.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    assert.match(await bytes, /^HTTP\/1\.1 101 /)
    assert.ok((await bytes).endsWith(`\r\n\r\n\x81\x05hello${CLOSE_FRAME}`))
    // The client's close frame, masked with zeros.
    client.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]))
    assert.equal(await client.ended, 'closed')
    assert.deepEqual((await ended).reason, DONE)
  })

  it('of a client that does not answer are cut off at the deadline', async () => {
    await using replacement = await Replacement.of({ ...web, drainTimeoutMs: 600 })
    const socket = await open(replacement.port)
    socket.pause()
    const { ended } = await replacement.begin()
    const { reason, afterMs } = await ended
    assert.deepEqual([reason, replacement.old.destroyedConnections], [DONE, 1])
    assert.ok(afterMs > 500 && afterMs < 5_000, `gone after ${afterMs} ms`)
    socket.terminate()
    await once(socket, 'close')
  })
})
