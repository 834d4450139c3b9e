import assert from 'node:assert/strict'
import net from 'node:net'
import { after, describe, it } from 'node:test'
import tls from 'node:tls'
import type { GroupOptions, Worker } from '@manifold/groups'
import { certificateEnv } from '../../helpers/certificate.js'
import { assertNoLeaks, snapshot, socketsOf } from '../../helpers/leaks.js'
import { ResponseReader } from '../../helpers/load/response-reader.js'
import { until } from '../../helpers/wait.js'
import { fixture, Service } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const WORKERS = 4
const exec = fixture('services/tells-client')

interface Told {
  readonly slot: number
  readonly url: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteFamily: string
  readonly body: string
}

interface Asking {
  /** Where the client comes from. */
  readonly from?: string
  readonly headers?: readonly string[]
  /** What is sent before the request. */
  readonly prefix?: string | Buffer
  readonly body?: string
  /** Sends it byte by byte. */
  readonly slowly?: boolean
  readonly secure?: boolean
}

/** One request on a connection of its own. */
async function ask(port: number, asking: Asking = {}): Promise<Told> {
  const { from = '127.0.0.1', headers = [], prefix = '', body = '', slowly, secure } = asking
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
  socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')))
  const head = ['POST /told HTTP/1.1', 'Host: a', `Content-Length: ${body.length}`, ...headers]
  const request = `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`
  try {
    if (secure) socket.write(prefix)
    const stream = secure ? tls.connect({ socket, rejectUnauthorized: false }) : socket
    const bytes = secure ? Buffer.from(request) : Buffer.concat([Buffer.from(prefix), Buffer.from(request)])
    if (slowly) {
      for (const byte of bytes) {
        stream.write(Buffer.of(byte))
        await new Promise(setImmediate)
      }
    } else stream.write(bytes)
    const reader = new ResponseReader()
    for await (const chunk of stream) {
      const response = reader.push(chunk as Buffer)
      if (response) return JSON.parse(response.body.toString()) as Told
    }
    throw new Error('the connection ended without an answer')
  } finally {
    socket.destroy()
  }
}

function start(policy: NonNullable<GroupOptions['policy']>, more: Partial<GroupOptions> = {}) {
  return Service.start({ exec, workers: WORKERS, policy, ...more })
}

/** Asks once for each client, and then again: each must come to the same worker. Returns the slots. */
async function assertSticky(port: number, askings: readonly Asking[]): Promise<Set<number>> {
  const [first, again]: [Told[], Told[]] = [[], []]
  for (const tellings of [first, again]) {
    for (const asking of askings) tellings.push(await ask(port, asking))
  }
  assert.deepEqual(
    again.map(({ slot }) => slot),
    first.map(({ slot }) => slot),
  )
  return new Set(first.map(({ slot }) => slot))
}

const MANY = Array.from({ length: 24 }, (_, index) => index + 2)

describe('sticky', () => {
  it('by address', async () => {
    await using service = await start('sticky')
    const slots = await assertSticky(
      service.port,
      MANY.map((number) => ({ from: `127.0.0.${number}` })),
    )
    assert.equal(slots.size, WORKERS)
  })

  it('by a header, whole or byte by byte, and nothing of the request is lost', async () => {
    await using service = await start({ sticky: { header: 'X-Forwarded-For' } })
    const askings = MANY.map((number) => ({ headers: [`x-forwarded-for: 203.0.113.${number}, 10.0.0.1`] }))
    assert.equal((await assertSticky(service.port, askings)).size, WORKERS)
    const asking = { ...askings[0], body: 'a body\r\n\r\n' }
    const [whole, slow] = [
      await ask(service.port, asking),
      await ask(service.port, { ...asking, slowly: true }),
    ]
    assert.deepEqual([slow.slot, slow.url, slow.body], [whole.slot, '/told', 'a body\r\n\r\n'])
  })

  it('by a cookie; who has none goes to anyone', async () => {
    await using service = await start({ sticky: { cookie: 'sid' } })
    const askings = MANY.map((number) => ({ headers: [`Cookie: theme=dark; sid=${number}`] }))
    assert.equal((await assertSticky(service.port, askings)).size, WORKERS)
    const without = await Promise.all(MANY.map(() => ask(service.port)))
    assert.equal(without.length, MANY.length)
  })

  it('by the PROXY protocol, which the worker sees only if it is not taken off', async () => {
    await using service = await start({ sticky: 'proxy-protocol', strip: true })
    const askings = MANY.map((number) => ({
      prefix: `PROXY TCP4 203.0.113.${number} 10.0.0.1 ${40_000 + number} 80\r\n`,
    }))
    assert.equal((await assertSticky(service.port, askings)).size, WORKERS)
    const told = await ask(service.port, { ...askings[0], slowly: true, body: 'body' })
    assert.deepEqual(
      [told.remoteAddress, told.remotePort, told.remoteFamily, told.body],
      ['203.0.113.2', 40_002, 'IPv4', 'body'],
    )
    // A proxy's own health check, and a client without a proxy.
    assert.equal((await ask(service.port, { prefix: 'PROXY UNKNOWN\r\n' })).remoteAddress, '127.0.0.1')
    assert.equal((await ask(service.port)).remoteAddress, '127.0.0.1')
  })

  it('by the PROXY protocol in front of TLS', async () => {
    await using service = await start(
      { sticky: 'proxy-protocol', strip: true },
      { env: await certificateEnv() },
    )
    const askings = MANY.slice(0, 8).map((number) => ({
      ...{ secure: true, body: 'secret' },
      prefix: `PROXY TCP6 2001:db8::${number} 2001:db8::1 40000 443\r\n`,
    }))
    await assertSticky(service.port, askings)
    const told = await ask(service.port, askings[0])
    assert.deepEqual([told.remoteAddress, told.remoteFamily, told.body], ['2001:db8::2', 'IPv6', 'secret'])
  })

  it('a header under TLS cannot be read, and the address counts', async () => {
    await using service = await start({ sticky: { header: 'x-client' } }, { env: await certificateEnv() })
    const slots = await assertSticky(
      service.port,
      MANY.slice(0, 6).map((number) => ({ secure: true, headers: [`x-client: ${number}`] })),
    )
    assert.equal(slots.size, 1)
  })

  it('one socket may be sticky, and another not', async () => {
    const host = '127.0.0.1'
    await using service = await Service.start({
      ...{ exec, workers: WORKERS, policy: 'shared' },
      listen: { http: { port: 0, host, policy: 'sticky' } },
    })
    const { sockets, policy } = service.master.status().groups.web!
    assert.deepEqual([policy, sockets.http?.policy], ['shared', 'sticky'])
    assert.equal(
      (
        await assertSticky(
          service.port,
          MANY.map(() => ({})),
        )
      ).size,
      1,
    )
  })
})

describe('a client that does not say who it is', () => {
  it('comes to a worker when its time is over', async () => {
    await using service = await start({ sticky: { header: 'x-client' }, timeoutMs: 100 })
    const socket = net.connect({ port: service.port, host: '127.0.0.1' })
    const answered = new Promise((resolve) => socket.once('data', resolve))
    socket.write('GET / HTTP/1.1\r\nHo')
    const hasIt = ({ pid }: Worker) => {
      return socketsOf(pid).some(({ local, listening }) => local === service.port && !listening)
    }
    await until(() => service.group.workers.some(hasIt), { what: 'a worker that has the connection' })
    socket.write('st: a\r\n\r\n')
    await answered
    socket.destroy()
  })

  it('is served when it has said too much', async () => {
    await using service = await start({ sticky: { header: 'x-client' }, maxBytes: 100 })
    const told = await ask(service.port, {
      headers: [`x-long: ${'a'.repeat(5_000)}`, 'x-client: 1'],
      body: 'end',
    })
    assert.equal(told.body, 'end')
  })

  it('keeps nobody waiting, even with a thousand others', async () => {
    await using service = await start({ sticky: { header: 'x-client' }, timeoutMs: 60_000 })
    const silent = Array.from({ length: 1_000 }, () => net.connect({ port: service.port, host: '127.0.0.1' }))
    try {
      await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
      for (const socket of silent.slice(0, 500)) socket.write('GET / HT')
      await assertSticky(
        service.port,
        MANY.map((number) => ({ headers: [`x-client: ${number}`] })),
      )
    } finally {
      for (const socket of silent) socket.destroy()
    }
  })

  it('may go away again', async () => {
    await using service = await start({ sticky: { header: 'x-client' } })
    for (let times = 0; times < 20; times++) {
      const socket = net.connect({ port: service.port, host: '127.0.0.1' })
      await new Promise((resolve) => socket.once('connect', resolve))
      if (times % 2 === 0) socket.resetAndDestroy()
      else socket.end(times % 3 === 0 ? '' : 'GET')
      socket.resume()
    }
    assert.equal((await ask(service.port, { headers: ['x-client: 1'] })).url, '/told')
  })

  it('leaves nothing behind if it breaks off in the middle', async () => {
    const http = { port: 0, host: '127.0.0.1', backlog: 4 }
    await using service = await start({ sticky: { header: 'x-client' } }, { listen: { http } })
    const full: unknown[] = []
    service.master.on('backlog', (event) => full.push(event))
    for (let times = 0; times < 8; times++) {
      const socket = net.connect({ port: service.port, host: '127.0.0.1' })
      await new Promise((resolve) => socket.once('connect', resolve))
      await new Promise((resolve) => socket.write('G', resolve))
      // The master has read that once it has answered somebody who came later.
      await ask(service.port, { headers: ['x-client: 1'] })
      socket.resetAndDestroy()
    }
    for (const number of MANY) await ask(service.port, { headers: [`x-client: ${number}`] })
    assert.deepEqual(full, [])
  })
})
