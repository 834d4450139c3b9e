import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { canReusePort } from '@manifold/core/internal'
import type { Outcome } from '../../fixtures/listen/puppet.js'
import { freePort } from '../../helpers/free-port.js'
import { once, until } from '../../helpers/wait.js'
import { greeted, pidBehind, pidOfDatagram, reachAll, refused } from './clients.js'
import { policies } from './listen-hosts.js'
import { Puppets } from './puppets.js'

const host = '127.0.0.1'

function portOf({ address, failure }: Outcome): number {
  assert.equal(failure, undefined)
  return (address as AddressInfo).port
}

for (const policy of policies) {
  describe(`the workers of a group (${policy})`, () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'manifold-listen-'))
    let puppets: Puppets

    before(async () => {
      puppets = await Puppets.start({ workers: 2, policy, cwd: directory })
    })
    afterEach(() => puppets.reset())
    after(async () => {
      await puppets.stop()
      rmSync(directory, { recursive: true })
    })

    test('share a port that they name', async () => {
      const port = await freePort()
      const outcomes = await puppets.tellAll({ do: 'listen', name: 'a', args: [port, host] })
      assert.deepEqual(outcomes.map(portOf), [port, port])
      assert.deepEqual(puppets.sockets, {
        [`${host}:${port}`]: { type: 'tcp', address: host, family: 'IPv4', port },
      })
      await reachAll({ port, host }, puppets.pids)
    })

    test('share the free ports that they ask for: the first with the first, the second with the second', async () => {
      const pids = puppets.pids
      const first = (await puppets.tellAll({ do: 'listen', name: 'a', args: [0, host] })).map(portOf)
      const second = (await puppets.tellAll({ do: 'listen', name: 'b', args: [0, host] })).map(portOf)
      assert.equal(new Set(first).size, 1)
      assert.equal(new Set(second).size, 1)
      assert.notEqual(first[0], second[0])
      await reachAll({ port: first[0]!, host }, pids)
      await reachAll({ port: second[0]!, host }, pids)
    })

    test('share a Unix socket, by a path that is relative to their own directory', async () => {
      const outcomes = await puppets.tellAll({ do: 'listen', name: 'a', args: ['./web.sock'] })
      assert.deepEqual(
        outcomes.map(({ address }) => address),
        ['./web.sock', './web.sock'],
      )
      const file = path.join(directory, 'web.sock')
      assert.deepEqual(puppets.sockets, { [file]: { type: 'unix', path: file } })
      await reachAll({ path: file }, puppets.pids)
      await puppets.tell(0, { do: 'close', name: 'a' })
      assert.equal(await pidBehind({ path: file }), puppets.workers[1]!.pid)
      await puppets.tell(1, { do: 'close', name: 'a' })
      await until(() => !existsSync(file), { what: 'the end of the file' })
    })

    test('give a socket back when the last server on it has closed', async (t) => {
      const port = await freePort()
      await puppets.tellAll({ do: 'listen', name: 'a', args: [port, host] })
      await puppets.tell(0, { do: 'close', name: 'a' })
      for (let visit = 0; visit < 5; visit++)
        assert.equal(await pidBehind({ port, host }), puppets.workers[1]!.pid)
      await puppets.tell(1, { do: 'close', name: 'a' })
      await refused({ port, host })
      assert.deepEqual(puppets.sockets, {})
      const own = net.createServer().listen(port, host)
      t.after(() => own.close())
      await once(own, 'listening')
    })

    test('get the same port again when all of them have closed it', async () => {
      const port = await freePort()
      for (let round = 0; round < 3; round++) {
        const outcomes = await puppets.tellAll({ do: 'listen', name: 'a', args: [port] })
        assert.deepEqual(outcomes.map(portOf), [port, port])
        await pidBehind({ port, host })
        await puppets.tellAll({ do: 'close', name: 'a' })
      }
    })

    test('keep the socket of a worker that died', async () => {
      const port = portOf(await puppets.tell(0, { do: 'listen', name: 'a', args: [0, host] }))
      const exit = once(puppets.master, 'exit')
      puppets.workers[0]!.kill('SIGKILL')
      await exit
      const waiting = greeted({ port, host })
      await puppets.master.group('puppets').fill(0)
      assert.equal(portOf(await puppets.tell(0, { do: 'listen', name: 'a', args: [0, host] })), port)
      const { pid, release } = await waiting
      assert.equal(pid, puppets.workers[0]!.pid)
      await release()
    })

    test('may close a server while another one fails to listen', async (t) => {
      const [busy, other] = [await freePort(), await freePort()]
      await puppets.tell(0, { do: 'listen', name: 'a', args: [busy, host] })
      await puppets.tell(0, { do: 'close', name: 'a' })
      await puppets.tell(1, { do: 'listen', name: 'b', args: [other, host] })
      const own = net.createServer().listen(busy, host)
      t.after(() => own.close())
      await once(own, 'listening')
      // The master waits a moment whether the address becomes free, as it was given back just now.
      const failing = puppets.tell(0, { do: 'listen', name: 'a', args: [busy, host] })
      await puppets.tell(1, { do: 'close', name: 'b' })
      assert.equal((await failing).failure?.code, 'EADDRINUSE')
    })

    test('cannot have a port that somebody else has', async (t) => {
      const own = net.createServer().listen(0)
      t.after(() => own.close())
      await once(own, 'listening')
      const { port } = own.address() as AddressInfo
      for (const { failure } of await puppets.tellAll({ do: 'listen', name: 'a', args: [port] })) {
        assert.deepEqual(failure, {
          code: 'EADDRINUSE',
          syscall: 'listen',
          message: `listen EADDRINUSE: address already in use :::${port}`,
        })
      }
      assert.deepEqual(puppets.sockets, {})
    })

    test('do not share what one of them wants for itself', async () => {
      const port = await freePort()
      const args = [{ port, host, exclusive: true }]
      assert.equal(portOf(await puppets.tell(0, { do: 'listen', name: 'a', args })), port)
      assert.equal((await puppets.tell(1, { do: 'listen', name: 'a', args })).failure?.code, 'EADDRINUSE')
      // Nor can the others have it through the master.
      const shared = await puppets.tell(1, { do: 'listen', name: 'b', args: [port, host] })
      assert.equal(shared.failure?.code, 'EADDRINUSE')
      assert.deepEqual(puppets.sockets, {})
      assert.equal(await pidBehind({ port, host }), puppets.workers[0]!.pid)
    })

    test('are rid of a socket if the server was closed before the master answered', async () => {
      const port = await freePort()
      const { events } = await puppets.tell(0, { do: 'listen and close', args: [port] })
      assert.deepEqual(events, ['close', 'callback ERR_SERVER_NOT_RUNNING'])
      await refused({ port, host })
      assert.deepEqual(puppets.sockets, {})
    })
  })
}

test('reusePort opts out, as exclusive does', { skip: !canReusePort }, async (t) => {
  const port = await freePort()
  const puppets = await Puppets.of(t, { workers: 2 })
  const args = [{ port, host, reusePort: true }]
  assert.deepEqual((await puppets.tellAll({ do: 'listen', name: 'a', args })).map(portOf), [port, port])
  assert.deepEqual(puppets.sockets, {})
  await reachAll({ port, host }, puppets.pids)
})

describe('UDP sockets of a group', () => {
  let puppets: Puppets

  before(async () => {
    puppets = await Puppets.start({ workers: 2 })
  })
  afterEach(() => puppets.reset())
  after(() => puppets.stop())

  test('share a port', async () => {
    const port = await freePort()
    const outcomes = await puppets.tellAll({ do: 'bind', name: 'a', type: 'udp4', args: [port] })
    assert.deepEqual(outcomes.map(portOf), [port, port])
    assert.deepEqual(Object.values(puppets.sockets), [
      { type: 'udp', address: '0.0.0.0', family: 'IPv4', port },
    ])
    await pidOfDatagram(port)
    await puppets.tell(0, { do: 'close', name: 'a' })
    assert.equal(await pidOfDatagram(port), puppets.workers[1]!.pid)
    await puppets.tell(1, { do: 'close', name: 'a' })
    await until(() => Object.keys(puppets.sockets).length === 0, { what: 'the end of the socket' })
  })

  test('share the free ports that they ask for: the first with the first, the second with the second', async () => {
    const first = await puppets.tellAll({ do: 'bind', name: 'a', type: 'udp6', args: [] })
    const second = await puppets.tellAll({ do: 'bind', name: 'b', type: 'udp6', args: [0, '::1'] })
    const third = await puppets.tellAll({ do: 'bind', name: 'c', type: 'udp6', args: [] })
    const ports = [first, second, third].map((outcomes) => new Set(outcomes.map(portOf)))
    for (const shared of ports) assert.equal(shared.size, 1)
    assert.equal(new Set(ports.flatMap((shared) => [...shared])).size, 3)
    for (const [port] of ports) await pidOfDatagram(port!, 'udp6')
  })

  test('do not share what one of them wants for itself', async () => {
    const port = await freePort()
    const args = [{ port, exclusive: true }]
    assert.equal(portOf(await puppets.tell(0, { do: 'bind', name: 'a', type: 'udp4', args })), port)
    const { failure } = await puppets.tell(1, { do: 'bind', name: 'a', type: 'udp4', args })
    assert.equal(failure?.code, 'EADDRINUSE')
    assert.deepEqual(puppets.sockets, {})
  })

  test('are given back if they were closed before the master answered', async () => {
    const port = await freePort()
    const { events } = await puppets.tell(0, { do: 'bind and close', args: [port] })
    assert.deepEqual(events, ['close', 'callback without error'])
    await until(() => Object.keys(puppets.sockets).length === 0, { what: 'the end of the socket' })
    assert.equal(portOf(await puppets.tell(0, { do: 'bind', name: 'a', type: 'udp4', args: [port] })), port)
    assert.equal(await pidOfDatagram(port), puppets.workers[0]!.pid)
  })
})

describe('what a worker starts itself is not taken over:', () => {
  for (const where of ['thread', 'child'] as const) {
    test(`a ${where}`, async (t) => {
      const puppets = await Puppets.of(t)
      const { other } = await puppets.tell(0, { do: 'disown', where })
      assert.equal(other!.isPrimary, true)
      assert.deepEqual(other!.variables, [])
      // A thread is given the options of its process. Without the variable they do nothing.
      if (where === 'child') {
        assert.deepEqual(
          other!.options.filter((option) => option.includes('preload')),
          [],
        )
      }
      assert.deepEqual(puppets.sockets, {})
      const socket = net.connect(other!.port, host)
      const [greeting] = await once<[Buffer]>(socket, 'data')
      assert.equal(String(greeting), 'by itself')
    })
  }
})

test('a full worker is spared: its connections go to the other, or wait (round-robin)', async (t) => {
  const puppets = await Puppets.of(t, { workers: 2, policy: 'round-robin' })
  const [one, other] = puppets.pids
  const [port] = (await puppets.tellAll({ do: 'listen', name: 'a', args: [0, host], max: 1 })).map(portOf)
  const where = { port: port!, host }
  const [first, second] = [await greeted(where), await greeted(where)]
  assert.deepEqual(new Set([first.pid, second.pid]), new Set([one, other]))
  const third = greeted(where)
  await first.release()
  assert.equal((await third).pid, first.pid)
  await Promise.all([second.release(), (await third).release()])
})
