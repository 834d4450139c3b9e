import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import type { GroupOptions } from '@manifold/groups'
import { certificateEnv } from '../../helpers/certificate.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { until } from '../../helpers/wait.js'
import { HttpClient, pidOf } from '../http-client.js'
import { fixture } from '../service.js'
import { Replacement } from './replacement.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const DONE = { type: 'exited', code: 0, asked: true }

/** The server itself would close idle connections much later than the drain does. */
const web: GroupOptions = {
  exec: fixture('services/obedient-server'),
  env: { KEEP_ALIVE_MS: '20000' },
  keepAliveGraceMs: 700,
}

describe('an HTTP/1.1 worker that drains', { concurrency: 4 }, () => {
  it('answers what comes on idle connections, and asks to close them', async () => {
    await using replacement = await Replacement.of(web)
    const { old, port } = replacement
    using idle = await HttpClient.connect(port)
    await idle.get()
    const { ended } = await replacement.begin()
    // It may be told a moment after us.
    await until(
      async () => {
        const response = await idle.get()
        assert.equal(pidOf(response), old.pid)
        return !response.keepAlive
      },
      { what: 'an answer that closes the connection' },
    )
    assert.equal(await idle.ended, 'closed')
    assert.deepEqual((await ended).reason, DONE)
  })

  it('finishes the request that it is at, and closes its connection', async () => {
    await using replacement = await Replacement.of(web)
    const { old, port } = replacement
    using busy = await HttpClient.connect(port)
    const answer = busy.get('/held')
    await replacement.service.order(old, { do: 'block', ms: 1 })
    const { ended } = await replacement.begin()
    await replacement.service.order(old, { do: 'let go' })
    const response = await answer
    assert.deepEqual([pidOf(response), response.keepAlive], [old.pid, false])
    assert.equal(await busy.ended, 'closed')
    assert.deepEqual((await ended).reason, DONE)
  })

  it('answers all requests that were pipelined, and closes after the last', async () => {
    await using replacement = await Replacement.of(web)
    const { old, port } = replacement
    const request = (url: string) => `GET ${url} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const early = converse(port, request('/held') + request('/1') + request('/2'))
    const late = converse(port, request('/held'))
    for (const { connected } of [early, late]) await connected
    await replacement.service.order(old, { do: 'block', ms: 1 })
    const { ended } = await replacement.begin()
    late.socket.write(request('/1'))
    await replacement.service.order(old, { do: 'block', ms: 1 })
    await replacement.service.order(old, { do: 'let go' })
    const answers = await Promise.all([early.read, late.read])
    assert.deepEqual(
      answers.map((text) => text.match(/^HTTP\/1.1 200 OK/gm)?.length),
      [3, 2],
    )
    assert.deepEqual((await ended).reason, DONE)
  })

  it('ends although its server listens again meanwhile', async () => {
    await using replacement = await Replacement.of({ ...web, drainTimeoutMs: 60_000 })
    const { old, port } = replacement
    using busy = await HttpClient.connect(port)
    const answer = busy.get('/held')
    await replacement.service.order(old, { do: 'block', ms: 1 })
    const { ended } = await replacement.begin()
    await replacement.service.order(old, { do: 'listen again' })
    await replacement.service.order(old, { do: 'let go' })
    assert.equal(pidOf(await answer), old.pid)
    assert.deepEqual((await ended).reason, DONE)
  })

  it('finishes a response that is half sent', async () => {
    await using replacement = await Replacement.of(web)
    const { old, port } = replacement
    using busy = await HttpClient.connect(port)
    const answer = busy.get('/half')
    await busy.someBytes
    const { ended } = await replacement.begin()
    await replacement.service.order(old, { do: 'let go' })
    const { body, headers } = await answer
    assert.equal(body.toString(), 'one half\nthe other\n')
    assert.equal(Number(headers.get('x-pid')), old.pid)
    assert.equal(await busy.ended, 'closed')
    assert.deepEqual((await ended).reason, DONE)
  })

  it('sends an answer to its end, also to a client that reads slowly', async () => {
    await using replacement = await Replacement.of({ ...web, keepAliveGraceMs: 100 })
    const slow = net.connect(replacement.port, '127.0.0.1')
    slow.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [first] = (await once(slow, 'data')) as [Buffer]
    slow.pause()
    const { ended } = await replacement.begin()
    // Past the grace, and several looks for idle connections.
    await sleep(1_000)
    let bytes = first.length
    for await (const chunk of slow) bytes += (chunk as Buffer).length
    assert.ok(bytes > 20_000_000, `${bytes} bytes, and no more`)
    assert.deepEqual((await ended).reason, DONE)
  })

  it('answers a request of which it has only the beginning', async () => {
    await using replacement = await Replacement.of(web)
    const { old, port } = replacement
    using slow = await HttpClient.connect(port)
    slow.write('GET / HTTP/1.1\r\nHost: ')
    await replacement.service.order(old, { do: 'block', ms: 1 })
    const { ended } = await replacement.begin()
    // Past the grace: the connection is not idle.
    await sleep(1_200)
    const answer = slow.response()
    slow.write('localhost\r\n\r\n')
    const response = await answer
    assert.deepEqual([pidOf(response), response.keepAlive], [old.pid, false])
    assert.deepEqual((await ended).reason, DONE)
  })

  it('closes idle connections after their grace, and not before', async () => {
    await using replacement = await Replacement.of(web)
    using idle = await HttpClient.connect(replacement.port)
    await idle.get()
    const { ended } = await replacement.begin()
    const startedAt = performance.now()
    assert.equal(await idle.ended, 'closed')
    const afterMs = performance.now() - startedAt
    assert.ok(afterMs > 650 && afterMs < 5_000, `closed after ${afterMs} ms`)
    assert.deepEqual((await ended).reason, DONE)
  })

  it('answers what came in time, although it is late itself', async () => {
    await using replacement = await Replacement.of(web)
    const { old, port } = replacement
    using idle = await HttpClient.connect(port)
    using silent = await HttpClient.connect(port)
    await idle.get()
    const { ended } = await replacement.begin()
    await replacement.service.order(old, { do: 'block', ms: 1 })
    // Past the grace; the requests come while it is at that.
    old.send({ do: 'block', ms: 1_500 })
    await sleep(300)
    const answers = await Promise.all([idle.get(), silent.get()])
    for (const response of answers) assert.deepEqual([pidOf(response), response.keepAlive], [old.pid, false])
    assert.deepEqual((await ended).reason, DONE)
  })

  it('does not wait for a connection on which nothing ever came', async () => {
    await using replacement = await Replacement.of({ ...web, keepAliveGraceMs: 100 })
    using silent = await HttpClient.connect(replacement.port)
    await replacement.service.order(replacement.old, { do: 'block', ms: 1 })
    const { ended } = await replacement.begin()
    assert.equal(await silent.ended, 'closed')
    const { reason, afterMs } = await ended
    assert.deepEqual(reason, DONE)
    assert.ok(afterMs < 5_000, `gone after ${afterMs} ms`)
    assert.equal(replacement.old.destroyedConnections, 0)
  })

  it('cuts off at the deadline what is still open, and says how much', async () => {
    await using replacement = await Replacement.of({ ...web, drainTimeoutMs: 400 })
    const { old, port } = replacement
    const clients = await Promise.all([HttpClient.connect(port), HttpClient.connect(port)])
    const failures = clients.map((client) => client.get('/held').catch((error: Error) => error.message))
    await replacement.service.order(old, { do: 'block', ms: 1 })
    const { ended } = await replacement.begin()
    assert.deepEqual(await Promise.all(failures), ['no response: closed', 'no response: closed'])
    assert.deepEqual((await ended).reason, DONE)
    assert.equal(old.destroyedConnections, 2)
  })

  it('is killed when it cannot even hear that its time is over', async () => {
    await using replacement = await Replacement.of({ ...web, drainTimeoutMs: 100 })
    const { old } = replacement
    old.send({ do: 'block', ms: 60_000 })
    const { ended } = await replacement.begin()
    const { reason, afterMs } = await ended
    assert.deepEqual(reason, { type: 'killed', signal: 'SIGKILL', asked: true })
    assert.ok(afterMs > 900 && afterMs < 8_000, `killed after ${afterMs} ms`)
  })
})

describe('an HTTPS worker that drains', { concurrency: 4 }, () => {
  it('does not wait for a client that never began to speak', async () => {
    const exec = fixture('apps/https')
    await using replacement = await Replacement.of({
      exec,
      env: await certificateEnv(),
      keepAliveGraceMs: 100,
    })
    const { port, old } = replacement
    const silent = net.connect(port, '127.0.0.1')
    const greeted = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const ends = [once(silent.resume(), 'close'), once(greeted.resume(), 'close')]
    await once(greeted, 'secureConnect')
    const { ended } = await replacement.begin()
    await Promise.all(ends)
    const { reason, afterMs } = await ended
    assert.deepEqual([reason, old.destroyedConnections], [DONE, 0])
    assert.ok(afterMs < 5_000, `gone after ${afterMs} ms`)
  })
})

/** A connection on which everything is read until the server ends it. */
function converse(port: number, said: string) {
  const socket = net.connect(port, '127.0.0.1')
  const connected = once(socket, 'connect')
  socket.write(said)
  return { socket, connected, read: text(socket) }
}
