import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, test } from 'node:test'
import { type ListeningAddress, Master } from '@manifold/groups'
import { fixture, forkFixture, heard, temporaryDirectory } from '../../helpers/fixture.js'
import { freePort } from '../../helpers/free-port.js'
import { once } from '../../helpers/wait.js'
import { greeted, pidBehind, pidOfDatagram, reachAll } from './clients.js'
import { policies } from './listen-hosts.js'
import { Puppets } from './puppets.js'

const host = '127.0.0.1'

for (const policy of policies) {
  describe(`a declared socket (${policy})`, () => {
    test('is served by its name: TCP, Unix and UDP', async (t) => {
      const directory = temporaryDirectory(t)
      const file = path.join(directory, 'web.sock')
      const listen = { tcp: { port: 0, host }, unix: { path: file, mode: 0o600 }, udp: { udp: 0, host } }
      const exec = fixture('listen/serve-declared')
      const master = new Master({
        groups: { web: { exec, workers: 2, policy, listen, drainTimeoutMs: 500 } },
      })
      t.after(() => master.stop())
      const listening: ListeningAddress[] = []
      master.on('listening', (_worker, where) => listening.push(where))
      const said = once<[unknown, object]>(master, 'message')
      await master.start()

      const { sockets } = master.status().groups.web!
      assert.deepEqual(Object.keys(sockets), ['tcp', 'unix', 'udp'])
      const tcp = sockets.tcp?.address as unknown as AddressInfo
      const udp = sockets.udp?.address as unknown as AddressInfo
      const pids = master.group('web').workers.map(({ pid }) => pid)
      await reachAll({ port: tcp!.port, host }, pids)
      await reachAll({ path: file }, pids)
      assert.ok(pids.includes(await pidOfDatagram(udp!.port)))
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.deepEqual(new Set(listening.map(({ socket }) => socket)), new Set(['tcp', 'unix', 'udp']))
      for (const { socket, address } of listening) assert.deepEqual(address, sockets[socket!]?.address)

      const [, about] = await said
      const { unknown, ...rest } = about as { unknown: object }
      assert.deepEqual({ ...rest, slot: 0 }, { sockets: ['tcp', 'unix', 'udp'], group: 'web', slot: 0 })
      assert.deepEqual(unknown, {
        code: 'ERR_MANIFOLD_OPTION',
        name: 'OptionError',
        option: 'socket',
        expected: 'one of: tcp, unix, udp',
        value: 'nowhere',
        message: "option 'socket' must be one of: tcp, unix, udp, but is 'nowhere'",
      })
    })

    test('stays when its servers close, and its clients wait for the next', async (t) => {
      const puppets = await Puppets.of(t, { policy, listen: { http: { port: 0, host } } })
      const { port } = puppets.sockets.http as unknown as AddressInfo
      await puppets.tell(0, { do: 'listen', name: 'a', args: [port] })
      assert.equal(await pidBehind({ port, host }), puppets.pids[0])
      await puppets.tell(0, { do: 'close', name: 'a' })
      const waiting = greeted({ port, host })
      await puppets.tell(0, { do: 'nothing' })
      assert.deepEqual(Object.keys(puppets.sockets), ['http'])
      await puppets.tell(0, { do: 'listen', name: 'a', args: [port] })
      const { pid, release } = await waiting
      assert.equal(pid, puppets.pids[0])
      await release()
    })

    test('has one server in a worker', async (t) => {
      const puppets = await Puppets.of(t, { policy, listen: { http: { port: 0, host: '::' } } })
      const { port } = puppets.sockets.http as unknown as AddressInfo
      await puppets.tell(0, { do: 'listen', name: 'a', args: [port, '10.0.0.1'] })
      for (const args of [[port], [port, '10.0.0.1'], [port, '10.0.0.2'], [port, '::1']]) {
        const { failure } = await puppets.tell(0, { do: 'listen', name: 'b', args })
        assert.equal(failure?.code, 'EADDRINUSE', `listen(${args})`)
      }
      await puppets.tell(0, { do: 'close', name: 'a' })
      const { address } = await puppets.tell(0, { do: 'listen', name: 'b', args: [port] })
      assert.equal((address as AddressInfo).port, port)
    })

    test('has two where a framework listens on both addresses of localhost', async (t) => {
      const puppets = await Puppets.of(t, { policy, listen: { http: { port: 0, host } } })
      const { port } = puppets.sockets.http as unknown as AddressInfo
      for (const [name, address] of Object.entries({ a: '127.0.0.1', b: '::1' })) {
        const outcome = await puppets.tell(0, { do: 'listen', name, args: [port, address] })
        assert.equal((outcome.address as AddressInfo).address, host)
      }
      await pidBehind({ port, host })
      await puppets.tell(0, { do: 'close', name: 'b' })
      for (let visit = 0; visit < 5; visit++) await pidBehind({ port, host })
    })
  })
}

// Under round-robin the master accepts all the time: there its own call of `listen` counts, which nobody sees.
for (const policy of policies.filter((name) => name !== 'round-robin')) {
  test(`a declared backlog counts, whatever the code names (${policy})`, async (t) => {
    const puppets = await Puppets.of(t, { policy, listen: { http: { port: 0, host, backlog: 1 } } })
    const { port } = puppets.sockets.http as unknown as AddressInfo
    await puppets.tell(0, { do: 'listen', name: 'a', args: [port, host, 100] })
    const elsewhere = net.createServer((socket) => socket.destroy()).listen(0, host)
    t.after(() => elsewhere.close())
    await once(elsewhere, 'listening')

    // Nobody accepts now. The system lets in one connection more than the backlog; the others try again later.
    const [worker] = puppets.workers
    worker!.kill('SIGSTOP')
    let connected = 0
    const clients = Array.from({ length: 6 }, () => net.connect(port, host, () => connected++))
    try {
      // On one machine a connection is there at once, or not: when this one is, the others have had their chance.
      await once(net.connect((elsewhere.address() as AddressInfo).port, host), 'connect')
      assert.equal(connected, 2)
    } finally {
      worker!.kill('SIGCONT')
      for (const client of clients) client.destroy()
    }
  })
}

describe('a server joins a declared socket', () => {
  const hosts = [undefined, '127.0.0.1', '127.0.0.2', 'localhost', '0.0.0.0', '::', '::1']
  for (const declared of ['127.0.0.1', '0.0.0.0', '::', '::1']) {
    test(`by its port alone, whatever host it names: declared on ${declared}`, async (t) => {
      const puppets = await Puppets.of(t, { listen: { http: { port: 0, host: declared } } })
      const expected = puppets.sockets.http as unknown as AddressInfo
      for (const named of hosts) {
        const args = named === undefined ? [expected.port] : [expected.port, named]
        const { address } = await puppets.tell(0, { do: 'listen', name: 'a', args })
        assert.equal((address as AddressInfo).address, declared, `listen(${args})`)
        await puppets.tell(0, { do: 'close', name: 'a' })
      }
      assert.deepEqual(Object.keys(puppets.sockets), ['http'])
    })
  }

  test('on the host that it names, if there is one of several', async (t) => {
    const port = await freePort()
    const declared = { one: { port, host: '127.0.0.1' }, other: { port, host: '127.0.0.2' } }
    const puppets = await Puppets.of(t, { listen: declared })
    for (const named of ['127.0.0.2', '127.0.0.1']) {
      const { address } = await puppets.tell(0, { do: 'listen', name: named, args: [port, named] })
      assert.equal((address as AddressInfo).address, named)
    }
  })

  test('with port 0, one after the other, and then gets ports of its own', async (t) => {
    const listen = { one: { port: 0, host }, other: { port: 0, host } }
    const puppets = await Puppets.of(t, { listen, workers: 2 })
    const { one, other } = puppets.sockets as unknown as Record<string, AddressInfo>
    for (const expected of [one!.port, other!.port, undefined]) {
      const outcomes = await puppets.tellAll({ do: 'listen', name: `${expected}`, args: [0] })
      const ports = outcomes.map(({ address }) => (address as AddressInfo).port)
      assert.equal(ports[0], ports[1])
      if (expected === undefined) assert.ok(ports[0] !== one!.port && ports[0] !== other!.port)
      else assert.equal(ports[0], expected)
    }
  })

  test('by an abstract name', { skip: process.platform !== 'linux' }, async (t) => {
    const name = `manifold-listen-${process.pid}`
    const puppets = await Puppets.of(t, { listen: { local: { path: `@${name}` } } })
    await puppets.tell(0, { do: 'listen', name: 'a', args: [`\0${name}`] })
    assert.deepEqual(Object.keys(puppets.sockets), ['local'])
    assert.equal(await pidBehind({ path: `\0${name}` }), puppets.pids[0])
  })

  test('of its own family only, over UDP', async (t) => {
    const puppets = await Puppets.of(t, { listen: { statsd: { udp: 0, host } } })
    const { port } = puppets.sockets.statsd as unknown as AddressInfo
    const four = await puppets.tell(0, { do: 'bind', name: 'a', type: 'udp4', args: [port] })
    assert.equal((four.address as AddressInfo).address, host)
    const six = await puppets.tell(0, { do: 'bind', name: 'b', type: 'udp6', args: [port, '::1'] })
    assert.equal((six.address as AddressInfo).address, '::1')
    assert.equal(await pidOfDatagram(port), puppets.pids[0])
    assert.equal(await pidOfDatagram(port, 'udp6'), puppets.pids[0])
  })
})

test('outside of a worker there are no declared sockets', async (t) => {
  const child = forkFixture(t, 'listen/outside')
  assert.deepEqual(await heard(child), {
    isWorker: false,
    sockets: [],
    failure: {
      code: 'ERR_MANIFOLD_STATE',
      message: 'worker.socket() works in a worker that a master started only',
    },
  })
})
