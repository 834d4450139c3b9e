import assert from 'node:assert/strict'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { assertNoLeaks, snapshot } from './leaks.js'
import {
  describeFailures,
  type FailureClass,
  LoadClient,
  type LoadOptions,
  type LoadReport,
} from './load-client.js'

/** Told of each request on a connection, counted from 1. */
type Behaviour = (socket: net.Socket, request: number, text: string) => void

const ok = (body = 'ok', header = '') =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nX-Pid: 4711\r\n${header}\r\n${body}`

interface Server extends AsyncDisposable {
  port: number
  requests(): number
}

async function serve(behaviour: Behaviour, listenOn: number | string = 0): Promise<Server> {
  let total = 0
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    let requests = 0
    sockets.add(socket)
    socket.on('error', () => {}) // the client may reset it; that is its right
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      total++
      behaviour(socket, ++requests, chunk.toString())
    })
  })
  const where = typeof listenOn === 'string' ? { path: listenOn } : { port: listenOn, host: '127.0.0.1' }
  await new Promise<void>((resolve) => server.listen(where, resolve))
  return {
    port: typeof listenOn === 'string' ? 0 : (server.address() as net.AddressInfo).port,
    requests: () => total,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** 20 requests within a tenth of a second. */
function load(options: Pick<LoadOptions, 'target'> & Partial<LoadOptions>): Promise<LoadReport> {
  return new LoadClient({ rate: 200, durationMs: 100, keptConnections: 4, timeoutMs: 10_000, ...options })
    .done
}

function assertClasses(report: LoadReport, expected: Partial<Record<FailureClass, number>>): void {
  const seen = Object.fromEntries(Object.entries(report.counts).filter(([, count]) => count > 0))
  assert.deepEqual(seen, expected, describeFailures(report.failures))
  assert.equal(report.ok + report.failures.length, report.sent)
}

test('half of the requests reuse a pool of connections, the others open one each', async () => {
  const before = snapshot()
  {
    await using server = await serve((socket) => socket.write(ok()))
    const report = await load({ target: { port: server.port } })
    assertClasses(report, {})
    assert.equal(report.sent, 20)
    assert.equal(server.requests(), 20)
    // Of the ten kept requests four fill the pool; one that finds all of it busy opens another connection.
    assert.equal(report.reused + report.overflowed, 6)
    assert.equal(report.reused + report.connectionsOpened, 20)
    assert.deepEqual([...report.answersByPid], [[4711, 20]])
    assert.equal(report.latencyMs.count, 20)
    assert.equal(report.newConnectionMs.count, report.connectionsOpened)
  }
  await assertNoLeaks(before)
})

test('connections can come from several addresses', async () => {
  const seen = new Set<string | undefined>()
  await using server = await serve((socket) => {
    seen.add(socket.remoteAddress)
    socket.write(ok())
  })
  assertClasses(await load({ target: { port: server.port }, sources: 3 }), {})
  assert.deepEqual([...seen].toSorted(), ['127.0.0.1', '127.0.0.2', '127.0.0.3'])
})

test('requests are left out while too many are under way', async () => {
  await using server = await serve((socket) => setTimeout(() => socket.write(ok()), 300))
  const report = await load({ target: { port: server.port }, maxUnderWay: 3 })
  assertClasses(report, {})
  assert.deepEqual([report.sent, report.skipped], [3, 17])
})

test('slow responses do not lower the rate', async () => {
  await using server = await serve((socket) => setTimeout(() => socket.write(ok()), 150))
  const report = await load({ target: { port: server.port }, keepAliveShare: 1 })
  assertClasses(report, {})
  assert.equal(report.sent, 20)
  assert.equal(report.overflowed, 16)
  assert.ok(report.latencyMs.p50 >= 149, `p50 is ${report.latencyMs.p50} ms`)
})

test('a connection of which the server says close is not reused', async () => {
  await using server = await serve((socket) => socket.end(ok('ok', 'Connection: close\r\n')))
  const report = await load({ target: { port: server.port }, keepAliveShare: 1 })
  assertClasses(report, {})
  assert.equal(report.askedToClose, 20)
  assert.equal(report.connectionsOpened, 20)
})

test('a connection that the server ends while it is idle is no failure', async () => {
  await using server = await serve((socket) => {
    socket.write(ok())
    setTimeout(() => socket.end(), 5)
  })
  const report = await load({
    target: { port: server.port },
    keepAliveShare: 1,
    keptConnections: 10,
    rate: 100,
  })
  assertClasses(report, {})
  assert.ok(report.idleEnded > 0)
})

test('chunked and close-delimited bodies, and interim responses, are understood', async () => {
  const heads = ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n']
  for (const [index, head] of heads.entries()) {
    await using server = await serve((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n')
      socket.write(head)
      if (index === 0) socket.write('1\r\nh\r\n1\r\ni\r\n0\r\n\r\n')
      else socket.end('hi')
    })
    const check = ({ body }: { body: Buffer }) => (body.toString() === 'hi' ? undefined : `body ${body}`)
    assertClasses(await load({ target: { port: server.port }, check }), {})
  }
})

test('a Unix socket serves as well, and one that is gone refuses', async () => {
  const file = path.join(os.tmpdir(), `load-client-${process.pid}.sock`)
  {
    await using _server = await serve((socket) => socket.write(ok()), file)
    assertClasses(await load({ target: { path: file } }), {})
  }
  assertClasses(await load({ target: { path: file } }), { refused: 20 })
})

test('refused: nobody listens', async () => {
  const server = await serve(() => {})
  await server[Symbol.asyncDispose]()
  const report = await load({ target: { port: server.port } })
  assertClasses(report, { refused: 20 })
  assert.deepEqual(report.failures[0], { ...report.failures[0]!, detail: 'ECONNREFUSED', written: false })
})

for (const [how, end] of [
  ['ECONNRESET', (socket: net.Socket) => socket.resetAndDestroy()],
  ['closed', (socket: net.Socket) => socket.end()],
] as const) {
  test(`reset-fresh: a new connection ends before any response (${how})`, async () => {
    await using server = await serve(end)
    const report = await load({ target: { port: server.port } })
    assertClasses(report, { 'reset-fresh': 20 })
    assert.equal(server.requests(), 20, 'nothing is retried')
    assert.equal(report.failures[0]?.detail, how)
    assert.equal(report.failures[0]?.written, true)
    assert.equal(report.failures[0]?.pid, undefined)
  })

  test(`reset-reused: a kept connection ends under its second request (${how})`, async () => {
    await using server = await serve((socket, request) => (request === 1 ? socket.write(ok()) : end(socket)))
    const report = await load({ target: { port: server.port }, keepAliveShare: 1, keptConnections: 10 })
    // Ten fill the pool; from then on a failure leaves a place there, which a new connection fills.
    const failed = report.failures.length
    assert.ok(failed >= 1 && failed <= 10, `${failed} failures`)
    assertClasses(report, { 'reset-reused': failed })
    const [failure] = report.failures
    assert.deepEqual([failure?.detail, failure?.requestsBefore, failure?.pid], [how, 1, 4711])
  })
}

test('reset-mid-response: the connection ends within the response', async () => {
  await using server = await serve((socket) => socket.end(ok().slice(0, -1)))
  const report = await load({ target: { port: server.port } })
  assertClasses(report, { 'reset-mid-response': 20 })
  assert.equal(report.failures[0]?.pid, 4711)
  assert.equal(report.failures[0]?.bytesReceived, ok().length - 1)
})

test('hang: no response, or not all of it, in time', async () => {
  await using server = await serve((socket, _request, text) => {
    if (text.includes('Connection: close')) socket.write(ok().slice(0, -1))
  })
  assertClasses(await load({ target: { port: server.port }, timeoutMs: 200 }), { hang: 20 })
})

test('bad-response: wrong status, wrong body, no HTTP, or more than was asked for', async () => {
  const wrong: [string, string][] = [
    ['HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', 'status 503'],
    [ok('no'), 'body no'],
    ['SSH-2.0-OpenSSH_9.2\r\n\r\n', 'not an HTTP status line: "SSH-2.0-OpenSSH_9.2"'],
    [`${ok()}HTTP/1.1`, '8 bytes after the end of the response'],
  ]
  for (const [answer, detail] of wrong) {
    await using server = await serve((socket) => socket.write(answer))
    const check = ({ status, body }: { status: number; body: Buffer }) => {
      if (status !== 200) return `status ${status}`
      return body.toString() === 'ok' ? undefined : `body ${body}`
    }
    const report = await load({ target: { port: server.port }, check })
    assertClasses(report, { 'bad-response': 20 })
    assert.equal(report.failures[0]?.detail, detail)
  }
})

test('stop ends a load without a bound, and late callers get the same report', async () => {
  await using server = await serve((socket) => socket.write(ok()))
  const client = new LoadClient({ target: { port: server.port }, rate: 1_000 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const report = await client.stop()
  assert.ok(report.sent >= 40 && report.ok === report.sent)
  assert.equal(await client.stop(), report)
})
