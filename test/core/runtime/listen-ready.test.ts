import assert from 'node:assert/strict'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, test } from 'node:test'
import { Master } from '@manifold/groups'
import { fixture, temporaryDirectory } from '../../helpers/fixture.js'
import { freePort, takePort } from '../../helpers/free-port.js'
import { once, until } from '../../helpers/wait.js'
import { pidBehind, pidOfDatagram, refused } from './clients.js'
import { policies } from './listen-hosts.js'
import { Puppets } from './puppets.js'

const host = '127.0.0.1'

describe('a worker is ready', () => {
  test('when all its declared sockets listen', async (t) => {
    const listen = { one: { port: 0, host }, two: { port: 0, host }, three: { udp: 0, host } }
    const puppets = await Puppets.starting(t, { ready: 'listening', listen })
    const { one, two, three } = puppets.sockets as unknown as Record<string, AddressInfo>
    const { master, workers } = puppets

    await puppets.tell(0, { do: 'listen', name: 'one', args: [one!.port] })
    await puppets.tell(0, { do: 'listen', name: 'another', args: [await freePort()] })
    await puppets.tell(0, { do: 'bind', name: 'three', type: 'udp4', args: [three!.port] })
    await puppets.tell(0, { do: 'nothing' })
    assert.equal(workers[0]!.state, 'online')
    assert.equal(master.state, 'starting')

    await puppets.tell(0, { do: 'listen', name: 'two', args: [two!.port] })
    await puppets.started
    assert.equal(workers[0]!.state, 'ready')
    assert.equal(master.state, 'running')
  })

  test('when the first server listens, where nothing is declared', async (t) => {
    const puppets = await Puppets.starting(t, { ready: 'listening' })
    await puppets.tell(0, { do: 'nothing' })
    assert.equal(puppets.workers[0]!.state, 'online')
    await puppets.tell(0, { do: 'listen', name: 'a', args: [0, host] })
    await puppets.started
  })

  test('also if another server fails that was started beside it', async (t) => {
    const file = path.join(temporaryDirectory(t), 'socket')
    const owner = net.createServer((socket) => socket.destroy()).listen(file)
    t.after(() => owner.close())
    await once(owner, 'listening')
    const puppets = await Puppets.starting(t, { ready: 'listening' })
    // The second fails later: the master has to find out first whether somebody lives behind the file.
    const [good, bad] = await Promise.all([
      puppets.tell(0, { do: 'listen', name: 'good', args: [0] }),
      puppets.tell(0, { do: 'listen', name: 'bad', args: [file] }),
    ])
    assert.equal(bad.failure?.code, 'EADDRINUSE')
    assert.equal(good.failure, undefined)
    await puppets.started
  })

  test('not if every server fails', async (t) => {
    const taken = await takePort()
    t.after(() => taken.release())
    const puppets = await Puppets.starting(t, { ready: 'listening' })
    const { failure } = await puppets.tell(0, { do: 'listen', name: 'bad', args: [taken.port, host] })
    assert.equal(failure?.code, 'EADDRINUSE')
    await puppets.tell(0, { do: 'nothing' })
    assert.equal(puppets.workers[0]!.state, 'online')
  })

  test('when its process is online, if the group says so', async (t) => {
    const puppets = await Puppets.starting(t, { ready: 'online', listen: { http: { port: 0, host } } })
    await puppets.started
    assert.equal(puppets.workers[0]!.state, 'ready')
  })

  for (const policy of policies) {
    test(`when it says so, if the group says so, and gets no connection before (${policy})`, async (t) => {
      const listen = { tcp: { port: 0, host }, udp: { udp: 0, host } }
      const exec = fixture('listen/ready-when-told')
      const master = new Master({
        groups: { web: { exec, policy, ready: 'manual', listen, drainTimeoutMs: 500 } },
      })
      t.after(() => master.stop())
      const listening = [
        once(master, 'listening', { filter: (_worker, { socket }: { socket?: string }) => socket === 'tcp' }),
        once(master, 'listening', { filter: (_worker, { socket }: { socket?: string }) => socket === 'udp' }),
      ]
      const started = master.start()
      await Promise.all(listening)
      const [tcp, udp] = (['tcp', 'udp'] as const).map(
        (name) => master.group('web').address(name) as AddressInfo,
      )
      const worker = master.group('web').workers[0]!
      assert.equal(worker.state, 'online')
      await refused({ port: tcp!.port, host })

      worker.send('be ready')
      await started
      // Its sockets are on their way to it.
      const served = await until(() => pidBehind({ port: tcp!.port, host }).catch(() => 0), {
        what: 'a connection',
      })
      assert.equal(served, worker.pid)
      assert.equal(await pidOfDatagram(udp!.port), worker.pid)
    })
  }
})

for (const policy of policies) {
  test(`a successor listens on everything before the old worker goes, UDP too (${policy})`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'socket')
    const listen = { tcp: { port: 0, host }, unix: { path: file }, udp: { udp: 0, host } }
    const exec = fixture('listen/serve-declared')
    const master = new Master({ groups: { web: { exec, policy, listen, drainTimeoutMs: 500 } } })
    t.after(() => master.stop())
    await master.start()
    const [tcp, udp] = (['tcp', 'udp'] as const).map(
      (name) => master.group('web').address(name) as AddressInfo,
    )
    const [old] = master.group('web').workers
    await master.group('web').reload()
    const [successor] = master.group('web').workers
    assert.notEqual(successor!.pid, old!.pid)
    assert.equal(await pidBehind({ port: tcp!.port, host }), successor!.pid)
    assert.equal(await pidBehind({ path: file }), successor!.pid)
    assert.equal(await pidOfDatagram(udp!.port), successor!.pid)
  })
}

describe('a worker may begin to listen', () => {
  for (const [kind, exec] of [
    ['ESM', fixture('listen/moments')],
    ['CommonJS', fixture('listen/moments-cjs', '.cjs')],
  ] as const) {
    test(`at any moment of its start (${kind})`, async (t) => {
      const directory = temporaryDirectory(t)
      const moments = ['sync', 'microtask', 'tick', 'immediate', 'timeout', 'late']
      const paths = moments.map((moment) => path.join(directory, moment))
      const listen = Object.fromEntries(moments.map((moment, index) => [moment, { path: paths[index]! }]))
      const master = new Master({ groups: { web: { exec, args: paths, listen, drainTimeoutMs: 500 } } })
      t.after(() => master.stop())
      await master.start()
      const [worker] = master.group('web').workers
      for (const socket of paths) assert.equal(await pidBehind({ path: socket }), worker!.pid)
    })
  }
})
