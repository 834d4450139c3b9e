import assert from 'node:assert/strict'
import http2 from 'node:http2'
import net from 'node:net'
import { test } from 'node:test'
import { assertNoLeaks, snapshot } from '../leaks.js'
import { until } from '../wait.js'
import { Http2Load, type Http2LoadOptions, type Http2Report } from './http2-load.js'

interface Server extends AsyncDisposable {
  readonly port: number
}

/** Each session is numbered, from 1 on. */
async function serve(
  answer: (stream: http2.ServerHttp2Stream, session: http2.ServerHttp2Session, number: number) => void,
): Promise<Server> {
  const server = http2.createServer()
  const sessions: http2.ServerHttp2Session[] = []
  server.on('session', (session) => {
    const number = sessions.push(session)
    session.on('error', () => {})
    session.on('stream', (stream) => {
      stream.on('error', () => {})
      answer(stream, session, number)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}

function ok(stream: http2.ServerHttp2Stream): void {
  if (stream.destroyed) return // its client has taken it elsewhere
  stream.respond({ ':status': 200, 'x-pid': '4711' })
  stream.end('ok')
}

/** Sends at least so many requests. */
async function load(count: number, options: Http2LoadOptions): Promise<Http2Report> {
  const client = new Http2Load({ sessions: 2, ...options })
  await until(() => client.report().sent >= count, { what: 'requests' })
  return client.stop()
}

function assertClasses({ failures }: Http2Report, expected: string[]): void {
  const seen = [...new Set(failures.map((failure) => failure.class))]
  assert.deepEqual(seen, expected, JSON.stringify(failures[0]))
}

test('requests go over a few sessions in turn, and all are answered', async () => {
  const before = snapshot()
  {
    await using server = await serve(ok)
    const report = await load(20, { port: server.port, rate: 200 })
    assertClasses(report, [])
    assert.equal(report.ok, report.sent)
    assert.deepEqual([report.sessionsOpened, report.goaways, report.repeated], [2, 0, 0])
  }
  await assertNoLeaks(before)
})

test('what crosses a GOAWAY is repeated on another session', async () => {
  // The first streams are answered late, so that others have come when the session is closed.
  await using server = await serve((stream, session, number) => {
    if (number > 2) return ok(stream)
    if (stream.id === 1) setTimeout(() => session.goaway(http2.constants.NGHTTP2_NO_ERROR, 1), 20)
    setTimeout(() => ok(stream), 50)
  })
  const report = await load(40, { port: server.port, rate: 1_000 })
  assertClasses(report, [])
  assert.equal(report.ok, report.sent)
  assert.ok(report.repeated > 0)
  assert.equal(report.goaways, 2)
})

test('what is refused again and again has failed', async () => {
  await using server = await serve((stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM))
  assertClasses(await load(3, { port: server.port, rate: 100 }), ['bad-response'])
})

test('a session that ends under its request is a failure of its class', async () => {
  await using fresh = await serve((_stream, session) => session.destroy())
  assertClasses(await load(3, { port: fresh.port, rate: 20 }), ['reset-fresh'])
  await using reused = await serve((stream, session) => (stream.id === 1 ? ok(stream) : session.destroy()))
  assertClasses(await load(6, { port: reused.port, rate: 20 }), ['reset-reused'])
  await using partial = await serve((stream, session) => {
    stream.respond({ ':status': 200 })
    stream.write('o')
    setTimeout(() => session.destroy(), 50)
  })
  assertClasses(await load(3, { port: partial.port, rate: 20 }), ['reset-mid-response'])
})

test('hang, wrong status, and nobody there', async () => {
  await using silent = await serve(() => {})
  assertClasses(await load(3, { port: silent.port, rate: 100, timeoutMs: 100 }), ['hang'])
  await using wrong = await serve((stream) => {
    stream.respond({ ':status': 503 })
    stream.end()
  })
  assertClasses(await load(3, { port: wrong.port, rate: 100 }), ['bad-response'])
  const gone = net.createServer().listen(0, '127.0.0.1')
  await until(() => gone.listening, { what: 'a port' })
  const { port } = gone.address() as net.AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  assertClasses(await load(3, { port, rate: 100 }), ['refused'])
})

test('requests are left out while too many are under way', async () => {
  await using server = await serve((stream) => setTimeout(() => ok(stream), 200))
  const client = new Http2Load({ port: server.port, rate: 1_000, maxUnderWay: 3 })
  await until(() => client.report().skipped > 10, { what: 'requests that are left out' })
  const report = await client.stop()
  assert.equal(report.ok, report.sent)
  assert.ok(report.sent < report.skipped)
})
