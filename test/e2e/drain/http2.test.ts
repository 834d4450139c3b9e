import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupOptions } from '@manifold/groups'
import { certificate, certificateEnv } from '../../helpers/certificate.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { fixture } from '../service.js'
import { FrameTap } from './frame-tap.js'
import { Replacement } from './replacement.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const DONE = { type: 'exited', code: 0, asked: true }

interface Protocol {
  name: string
  group: GroupOptions
  connect(port: number): http2.ClientHttp2Session
}

const { cert } = await certificate()

const protocols: Protocol[] = [
  {
    name: 'HTTP/2',
    group: { exec: fixture('apps/http2'), env: await certificateEnv(), keepAliveGraceMs: 300 },
    connect: (port) => http2.connect(`https://localhost:${port}`, { ca: cert }),
  },
  {
    name: 'h2c',
    group: { exec: fixture('apps/h2c'), keepAliveGraceMs: 300 },
    connect: (port) => http2.connect(`http://localhost:${port}`),
  },
]

for (const { name, group, connect } of protocols) {
  describe(`an ${name} worker that drains`, { concurrency: true }, () => {
    it('answers all requests that are under way, and says GOAWAY', async () => {
      await using replacement = await Replacement.of(group)
      const session = connect(replacement.port)
      const goaway = once(session, 'goaway')
      const closed = once(session, 'close')
      await request(session, '/')
      const answers = Array.from({ length: 100 }, () => request(session, '/slow?ms=1500'))
      await request(session, '/')
      const { ended } = await replacement.begin()
      const [code] = await goaway
      assert.equal(code, http2.constants.NGHTTP2_NO_ERROR)
      for (const pid of await Promise.all(answers)) assert.equal(pid, replacement.old.pid)
      await closed
      const { reason, afterMs } = await ended
      assert.deepEqual([reason, replacement.old.destroyedConnections], [DONE, 0])
      assert.ok(afterMs < 5_000, `gone after ${afterMs} ms`)
    })

    it('does not wait for a session that has nothing to do, nor for a client that never spoke', async () => {
      await using replacement = await Replacement.of(group)
      const silent = net.connect(replacement.port, '127.0.0.1').resume()
      const session = connect(replacement.port)
      const closed = [once(silent, 'close'), once(session, 'close')]
      await request(session, '/')
      const { ended } = await replacement.begin()
      await Promise.all(closed)
      const { reason, afterMs } = await ended
      assert.deepEqual([reason, replacement.old.destroyedConnections], [DONE, 0])
      assert.ok(afterMs < 5_000, `gone after ${afterMs} ms`)
    })

    it('serves a client that was connected, and only then begins its session', async () => {
      await using replacement = await Replacement.of({ ...group, keepAliveGraceMs: 3_000 })
      const early = net.connect(replacement.port, '127.0.0.1')
      await once(early, 'connect')
      const session = connect(replacement.port)
      // Connections are accepted in their order: the worker has the early one, too.
      await request(session, '/')
      session.close()
      const { ended } = await replacement.begin()
      const late = http2.connect(`${name === 'h2c' ? 'http' : 'https'}://localhost`, {
        ca: cert,
        ...(name === 'h2c' ? { createConnection: () => early } : { socket: early }),
      } as http2.SecureClientSessionOptions)
      const lateClosed = once(late, 'close')
      assert.equal(await request(late, '/'), replacement.old.pid)
      await lateClosed
      const { reason, afterMs } = await ended
      assert.deepEqual([reason, replacement.old.destroyedConnections], [DONE, 0])
      assert.ok(afterMs < 10_000, `gone after ${afterMs} ms`)
    })
  })
}

it('loses no request of clients that send one after another', async () => {
  await using replacement = await Replacement.of({ exec: fixture('apps/h2c') })
  const { port, old } = replacement
  const clients = Array.from({ length: 10 }, async () => {
    const session = http2.connect(`http://localhost:${port}`)
    const closed = once(session, 'close')
    let open = true
    session.once('goaway', () => {
      open = false
    })
    while (open) assert.equal(await request(session, '/slow?ms=5'), old.pid)
    await closed
  })
  const { ended } = await replacement.begin()
  await Promise.all(clients)
  assert.deepEqual((await ended).reason, DONE)
})

it('tells clients that send many at once which requests it did not take', async () => {
  const [DATA, HEADERS, RST_STREAM, GOAWAY, END_STREAM] = [0, 1, 3, 7, 1]
  await using replacement = await Replacement.of({ exec: fixture('apps/h2c') })
  await using tap = await FrameTap.open(replacement.port, 100)
  const session = http2.connect(`http://localhost:${tap.port}`)
  const closed = once(session, 'close')
  let open = true
  session.once('goaway', () => {
    open = false
  })
  await request(session, '/')
  const { ended } = await replacement.begin()
  const requests: Promise<unknown>[] = []
  while (open) {
    requests.push(request(session, '/').catch((error: NodeJS.ErrnoException) => error.message))
    await sleep(5)
  }
  await Promise.all([closed, ...requests])
  assert.deepEqual((await ended).reason, DONE)

  const asked = tap.asked.filter(({ type }) => type === HEADERS).map(({ stream }) => stream)
  const answered = tap.answered.filter(({ type, flags }) => type === DATA && (flags & END_STREAM) !== 0)
  const last = Math.min(...tap.answered.filter(({ type }) => type === GOAWAY).map(({ last }) => last))
  assert.ok(asked.at(-1)! > last, 'some crossed the GOAWAY')
  assert.deepEqual(
    answered.map(({ stream }) => stream).toSorted((one, other) => one - other),
    asked.filter((stream) => stream <= last),
  )
  assert.ok(!tap.answered.some(({ type }) => type === RST_STREAM))
})

/** Resolves with the process that answered. */
async function request(session: http2.ClientHttp2Session, path: string): Promise<number> {
  const stream = session.request({ ':path': path })
  let headers: http2.IncomingHttpHeaders | undefined
  stream.once('response', (answer) => {
    headers = answer
  })
  stream.resume()
  await once(stream, 'close')
  assert.equal(headers?.[':status'], 200, `${path}: no answer, but ${stream.rstCode}`)
  return Number(headers['x-pid'])
}
