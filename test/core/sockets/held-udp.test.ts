import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import type { SocketAddress, SocketError } from '@manifold/core'
import { HeldSocket, parseSocket, type SocketSpec } from '@manifold/core/internal'
import { once, until } from '../../helpers/wait.js'
import { leavesNothingOpen } from './connections.js'

type Inet = SocketAddress & { type: 'udp' }

async function hold(t: TestContext, option: unknown) {
  const held = await HeldSocket.hold('statsd', parseSocket('listen.statsd', option))
  t.after(() => held.close())
  const address = held.address as Inet
  return { held, address, port: address.port }
}

/** Sends one datagram, and resolves when it is on its way. */
async function send(text: string, port: number, host: string): Promise<void> {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4')
  await new Promise<void>((resolve, reject) => {
    socket.send(text, port, host, (error) => (error ? reject(error) : resolve()))
  })
  socket.close()
}

/** A socket of somebody else's. */
async function bound(t: TestContext, options: dgram.BindOptions, more: Partial<dgram.SocketOptions> = {}) {
  const socket = dgram.createSocket({ type: 'udp4', ...more })
  t.after(() => socket.close())
  socket.bind(options)
  await once(socket, 'listening')
  return socket
}

/** How many bytes the kernel keeps for whoever will read from a port: the queue of all its sockets. */
function queuedBytes(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = ['udp', 'udp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'))
  const queues = lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[1]?.endsWith(`:${hex}`))
  return queues.reduce((sum, row) => sum + Number.parseInt(row[4]!.split(':')[1]!, 16), 0)
}

describe('a held UDP socket', () => {
  test('on an IPv4 host has a real port', async (t) => {
    const { address, port } = await hold(t, { udp: 0, host: '127.0.0.1' })
    assert.deepEqual(address, { type: 'udp', address: '127.0.0.1', family: 'IPv4', port })
    assert.ok(port > 0)
  })

  test('on an IPv6 host', async (t) => {
    const { address, port } = await hold(t, { udp: 0, host: '::1' })
    assert.deepEqual(address, { type: 'udp', address: '::1', family: 'IPv6', port })
  })

  test('without a host is on every IPv4 address', async (t) => {
    const { address, port } = await hold(t, { udp: 0 })
    assert.deepEqual(address, { type: 'udp', address: '0.0.0.0', family: 'IPv4', port })
  })

  test('without a host, but with a family, is on every address of it', async (t) => {
    const spec = parseSocket('listen.statsd', { udp: 0 }) as SocketSpec & { type: 'udp' }
    const held = await HeldSocket.hold('statsd', { ...spec, family: 6 })
    t.after(() => held.close())
    const { address, family } = held.address as Inet
    assert.deepEqual({ address, family }, { address: '::', family: 'IPv6' })
  })

  test('by name has an address of the family that was asked for', async (t) => {
    const { address } = await hold(t, { udp: 0, host: 'localhost' })
    assert.equal(address.address, '127.0.0.1')
  })

  test('for IPv6 only leaves IPv4 to another', async (t) => {
    const { port } = await hold(t, { udp: 0, host: '::', ipv6Only: true })
    const { address } = await hold(t, { udp: port, host: '0.0.0.0' })
    assert.equal(address.port, port)
  })

  test('reads nothing: datagrams wait for whoever will', { skip: withoutTables() }, async (t) => {
    const { port } = await hold(t, { udp: 0, host: '127.0.0.1' })
    await send('hits:1|c', port, '127.0.0.1')
    await until(() => queuedBytes(port) > 0, { what: 'the datagram' })
    // Were it read, it would be so in the next turns of the event loop.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    assert.ok(queuedBytes(port) > 0)
  })

  test('gives its port back when it is closed, also twice', async (t) => {
    let port = 0
    await leavesNothingOpen(async () => {
      const { held, ...first } = await hold(t, { udp: 0, host: '127.0.0.1' })
      port = first.port
      held.close()
      held.close()
    })
    const again = await hold(t, { udp: port, host: '127.0.0.1' })
    assert.equal(again.port, port)
  })

  test('shares its address with others that let it, if it is told so', async (t) => {
    const theirs = await bound(t, { port: 0, address: '127.0.0.1' }, { reuseAddr: true })
    const { port } = theirs.address()
    const { address } = await hold(t, { udp: port, host: '127.0.0.1', reuseAddr: true })
    assert.equal(address.port, port)
  })
})

/** Holding must fail with that code, name the socket and the address, and leave nothing open. */
async function fails(option: unknown, address: string, systemCode: RegExp): Promise<void> {
  const holding = () => HeldSocket.hold('statsd', parseSocket('listen.statsd', option))
  await leavesNothingOpen(() =>
    assert.rejects(holding, (error: SocketError) => {
      const { name, code, socket, address: named, message } = error
      assert.deepEqual(
        { name, code, socket, named },
        { name: 'SocketError', code: 'ERR_MANIFOLD_SOCKET', socket: 'statsd', named: address },
      )
      assert.match(error.systemCode, systemCode)
      assert.ok(message.startsWith(`socket 'statsd' cannot use ${address}: `), message)
      return true
    }),
  )
}

describe('a UDP socket cannot be held', () => {
  test('where somebody else has the port', async (t) => {
    const theirs = await bound(t, { port: 0, address: '127.0.0.1' })
    const { port } = theirs.address()
    await fails({ udp: port, host: '127.0.0.1' }, `udp 127.0.0.1:${port}`, /^EADDRINUSE$/)
    await fails({ udp: port }, `udp *:${port}`, /^EADDRINUSE$/)
  })

  test('twice on one address', async (t) => {
    const { port } = await hold(t, { udp: 0, host: '::1' })
    await fails({ udp: port, host: '::1' }, `udp [::1]:${port}`, /^EADDRINUSE$/)
  })

  test('on an address that is not of this machine', async () => {
    await fails({ udp: 0, host: '192.0.2.1' }, 'udp 192.0.2.1:0', /^EADDRNOTAVAIL$/)
  })

  test('on a host that nobody knows', async () => {
    await fails({ udp: 53, host: 'no..host' }, 'udp no..host:53', /^ENOTFOUND$|^EAI_/)
  })
})

function withoutTables(): string | false {
  return process.platform === 'linux' ? false : 'the queues of sockets are not known here'
}

test('a UDP address that becomes free in a moment is waited for', async (t) => {
  const theirs = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(theirs, 'listening')
  const { port } = theirs.address()
  const holding = hold(t, { udp: port, host: '127.0.0.1' })
  // Well after the first attempt, as an orphan that has nothing more to answer.
  setTimeout(() => theirs.close(), 120)
  assert.equal((await holding).port, port)
})
