import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type net from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import type { SocketAddress, SocketError } from '@manifold/core'
import { canReusePort, HeldSocket, parseSocket, type StreamHandle } from '@manifold/core/internal'
import type { Order, Outcome } from '../../fixtures/processes/hold-socket.js'
import { end, forkFixture, heard } from '../../helpers/fixture.js'
import { until } from '../../helpers/wait.js'
import { accept, connect, leavesNothingOpen, listening, portOf, refusal } from './connections.js'

type Inet = SocketAddress & { type: 'tcp' }

async function hold(t: TestContext, option: unknown, options?: { reusePort: boolean }) {
  const held = await HeldSocket.hold('http', parseSocket('listen.http', option), options)
  t.after(() => held.close())
  const address = held.address as Inet
  return { held, handle: held.handle as StreamHandle, address, port: address.port }
}

describe('a held TCP socket', () => {
  test('on an IPv4 host has a real port, and refuses until somebody listens', async (t) => {
    const { handle, address, port } = await hold(t, '127.0.0.1:0')
    assert.deepEqual(address, { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port })
    assert.ok(port > 0)
    assert.equal(await refusal({ host: '127.0.0.1', port }), 'ECONNREFUSED')
    handle.listen(511)
    assert.equal(await refusal({ host: '127.0.0.1', port }), undefined)
  })

  test('on an IPv6 host', async (t) => {
    const { handle, address, port } = await hold(t, '[::1]:0')
    assert.deepEqual(address, { type: 'tcp', address: '::1', family: 'IPv6', port })
    handle.listen(511)
    assert.equal(await refusal({ host: '::1', port }), undefined)
    assert.equal(await refusal({ host: '127.0.0.1', port }), 'ECONNREFUSED')
  })

  test('without a host takes both IPv4 and IPv6', async (t) => {
    const { handle, address, port } = await hold(t, 0)
    assert.deepEqual(address, { type: 'tcp', address: '::', family: 'IPv6', port })
    handle.listen(511)
    assert.equal(await refusal({ host: '127.0.0.1', port }), undefined)
    assert.equal(await refusal({ host: '::1', port }), undefined)
  })

  test('for IPv6 only leaves IPv4 to another', async (t) => {
    const v6 = await hold(t, { port: 0, host: '::', ipv6Only: true })
    v6.handle.listen(511)
    assert.equal(await refusal({ host: '::1', port: v6.port }), undefined)
    assert.equal(await refusal({ host: '127.0.0.1', port: v6.port }), 'ECONNREFUSED')
    const v4 = await hold(t, { port: v6.port, host: '0.0.0.0' })
    v4.handle.listen(511)
    assert.equal(await refusal({ host: '127.0.0.1', port: v6.port }), undefined)
  })

  test('by name has the address that the name has', async (t) => {
    const { address } = await hold(t, 'localhost:0')
    assert.ok(['127.0.0.1', '::1'].includes(address.address))
  })

  test('queues connections that nobody accepts, and keeps what they sent', async (t) => {
    const { handle, port } = await hold(t, '127.0.0.1:0')
    const hanging = forkFixture(t, 'processes/listen-and-hang')
    hanging.send('listen', handle as unknown as net.Server, { keepOpen: true })
    assert.equal(await heard(hanging), 'listening')
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => connect(t, { host: '127.0.0.1', port })),
    )
    for (const client of clients) client.write('hello')
    await end(hanging)
    const accepted = accept(handle)
    await until(() => accepted.count === 20, { what: () => `20 connections, not ${accepted.count}` })
  })

  test('gives its port back when it is closed, also twice', async (t) => {
    let port = 0
    await leavesNothingOpen(async () => {
      const { held, handle, ...first } = await hold(t, '127.0.0.1:0')
      port = first.port
      handle.listen(511)
      held.close()
      held.close()
    })
    assert.equal(await refusal({ host: '127.0.0.1', port }), 'ECONNREFUSED')
    const again = await hold(t, { port, host: '127.0.0.1' })
    assert.equal(again.port, port)
  })

  test('does not keep its process alive', () => {
    const internal = JSON.stringify(import.meta.resolve('@manifold/core/internal'))
    const program = `import { HeldSocket, parseSocket } from ${internal}
      await HeldSocket.hold('http', parseSocket('a', '127.0.0.1:0'))
      await HeldSocket.hold('statsd', parseSocket('a', { udp: 0, host: '127.0.0.1' }))
      await HeldSocket.hold('local', parseSocket('a', { path: '@manifold-test-' + process.pid }))`
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { timeout: 30_000 })
  })
})

const onlyWithReusePort = canReusePort ? {} : { skip: 'SO_REUSEPORT is known from Node 22.12 on' }

test('SO_REUSEPORT is used from Node 22.12 on, and not before', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  assert.equal(canReusePort, major > 22 || (major === 22 && minor >= 12))
})

describe('several TCP sockets on one address', onlyWithReusePort, () => {
  test('share its connections', async (t) => {
    const { held, handle, port } = await hold(t, '127.0.0.1:0', { reusePort: true })
    const second = held.bindAnother()
    t.after(() => second.close())
    assert.deepEqual(second.address, held.address)
    const counts = [accept(handle), accept(second.handle as StreamHandle)]
    for (let index = 0; index < 64; index++) await refusal({ host: '127.0.0.1', port })
    await until(() => counts[0]!.count + counts[1]!.count === 64, { what: 'all 64 connections' })
    // That one of them gets none happens once in 2 ** 63 runs.
    assert.ok(counts[0]!.count > 0 && counts[1]!.count > 0, `${counts[0]!.count} and ${counts[1]!.count}`)
  })

  for (const option of ['[::1]:0', { port: 0, host: '::', ipv6Only: true }, 0]) {
    test(`are of one kind: ${JSON.stringify(option)}`, async (t) => {
      const { held, port } = await hold(t, option, { reusePort: true })
      const second = held.bindAnother()
      t.after(() => second.close())
      assert.deepEqual(second.address, held.address)
      accept(second.handle as StreamHandle)
      const reachable = [await refusal({ host: '::1', port }), await refusal({ host: '127.0.0.1', port })]
      assert.deepEqual(reachable, [undefined, option === 0 ? undefined : 'ECONNREFUSED'])
    })
  }

  test('outlive the first', async (t) => {
    const { held, port } = await hold(t, '127.0.0.1:0', { reusePort: true })
    const second = held.bindAnother()
    t.after(() => second.close())
    held.close()
    accept(second.handle as StreamHandle)
    assert.equal(await refusal({ host: '127.0.0.1', port }), undefined)
    second.close()
    assert.equal(await refusal({ host: '127.0.0.1', port }), 'ECONNREFUSED')
  })

  test('may be on a port that was chosen', async (t) => {
    const free = await hold(t, '127.0.0.1:0')
    free.held.close()
    const { held, port } = await hold(t, { port: free.port, host: '127.0.0.1' }, { reusePort: true })
    const second = held.bindAnother()
    t.after(() => second.close())
    assert.deepEqual([port, (second.address as Inet).port], [free.port, free.port])
  })
})

test('sockets of other kinds have no siblings', async (t) => {
  const held = await HeldSocket.hold('statsd', parseSocket('listen.statsd', { udp: 0, host: '127.0.0.1' }))
  t.after(() => held.close())
  assert.throws(() => held.bindAnother(), TypeError)
})

/** Holds what cannot be held, and checks that the error names the socket and the address, and that nothing stays. */
async function fails(option: unknown, address: string, systemCode: string | RegExp, reusePort = false) {
  const holding = () => HeldSocket.hold('http', parseSocket('listen.http', option), { reusePort })
  await leavesNothingOpen(() =>
    assert.rejects(holding, (error: SocketError) => {
      const { name, code, socket, address: named, message, errno } = error
      assert.deepEqual(
        { name, code, socket, named },
        { name: 'SocketError', code: 'ERR_MANIFOLD_SOCKET', socket: 'http', named: address },
      )
      assert.match(error.systemCode, new RegExp(systemCode))
      assert.ok(message.startsWith(`socket 'http' cannot use ${address}: `), message)
      assert.ok(message.endsWith(` (${error.systemCode})`), message)
      assert.ok(errno < 0)
      return true
    }),
  )
}

describe('a TCP socket cannot be held', () => {
  for (const reusePort of canReusePort ? [false, true] : [false]) {
    test(`where somebody else listens${reusePort ? ', although it would share' : ''}`, async () => {
      await using theirs = await listening({ port: 0, host: '127.0.0.1' })
      const address = `127.0.0.1:${portOf(theirs)}`
      await fails(address, address, 'EADDRINUSE', reusePort)
    })

    test(`where somebody else listens on every address${reusePort ? ', although it would share' : ''}`, async () => {
      await using theirs = await listening({ port: 0, host: '::' })
      const address = `127.0.0.1:${portOf(theirs)}`
      await fails(address, address, 'EADDRINUSE', reusePort)
    })
  }

  test('where somebody else listens who would share it', onlyWithReusePort, async () => {
    await using theirs = await listening({ port: 0, host: '127.0.0.1', reusePort: true } as object)
    const address = `127.0.0.1:${portOf(theirs)}`
    await fails(address, address, 'EADDRINUSE', true)
    await fails(address, address, 'EADDRINUSE', false)
  })

  test('on every address where somebody else listens on one', async () => {
    await using theirs = await listening({ port: 0, host: '127.0.0.1' })
    await fails(portOf(theirs), `*:${portOf(theirs)}`, 'EADDRINUSE')
  })

  test('on an address that is not of this machine', async () => {
    // From a block that is kept for documentation.
    await fails('192.0.2.1:0', '192.0.2.1:0', 'EADDRNOTAVAIL')
    await fails('[2001:db8::1]:0', '[2001:db8::1]:0', 'EADDRNOTAVAIL')
  })

  test('on a host that nobody knows', async () => {
    // No such name can exist, so that nobody needs to be asked.
    await fails('no..host:80', 'no..host:80', 'ENOTFOUND|EAI_\\w+')
  })

  test('on a port that this user may not use', { skip: noForbiddenPort() }, async (t) => {
    const child = forkFixture(t, 'processes/hold-socket')
    await heard(child)
    child.send({ option: '127.0.0.1:81', user: 65_534 } satisfies Order)
    const { message, ...outcome } = (await heard<Outcome>(child)) as Outcome & { held: false }
    assert.deepEqual(outcome, {
      ...{ held: false, name: 'SocketError', code: 'ERR_MANIFOLD_SOCKET', systemCode: 'EACCES' },
    })
    assert.match(message, /^socket 'theirs' cannot use 127\.0\.0\.1:81: this user may not .* \(EACCES\)$/)
  })
})

/** Why the rights of another user cannot be tried here. */
function noForbiddenPort(): string | false {
  if (process.getuid?.() !== 0) return 'only root may become another user'
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
    return first > 81 ? false : 'every user may use every port here'
  } catch {
    return 'the ports that a user may use are not known here'
  }
}
