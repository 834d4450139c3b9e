import assert from 'node:assert/strict'
import type { Server } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { HeldSocket, parseSocket, type StreamHandle } from '@manifold/core/internal'
import { openDescriptors } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'
import { Peer } from './peer.js'

/** A socket to send; our copy is closed when the test is over. */
async function socket(t: TestContext): Promise<StreamHandle> {
  const held = await HeldSocket.hold('http', parseSocket('listen.http', '127.0.0.1:0'))
  t.after(() => held.close())
  return held.handle as StreamHandle
}

/** Sends a socket under a name; what becomes of it is noted as `name: true`. */
function send(peer: Peer, name: string, handle: StreamHandle, answers: string[]): void {
  peer.channel.sendHandle({ t: 'socket', name }, handle, (arrived) => answers.push(`${name}: ${arrived}`))
}

for (const serialization of ['json', 'advanced'] as const) {
  describe(`a handle sent with ${serialization} serialization`, () => {
    test('arrives with its message, is confirmed, and stays open here', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const handle = await socket(t)
      const answers: string[] = []
      const came = once<[string]>(peer.news, 'socketCame')
      send(peer, 'a', handle, answers)
      assert.equal((await came)[0], 'a')
      await peer.caughtUp()
      assert.deepEqual(answers, ['a: true'])
      assert.equal(handle.getsockname?.({}), 0)
    })

    test('may be one of many, also the same one again, and messages keep their place among them', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const handle = await socket(t)
      const answers: string[] = []
      const order: string[] = []
      for (const kind of ['socketCame', 'noted']) peer.news.on(kind, (name: string) => order.push(name))
      const names = Array.from({ length: 20 }, (_, index) => `${index}`)
      for (const name of names) {
        send(peer, name, handle, answers)
        peer.channel.send({ t: 'note', text: `after ${name}` })
      }
      await peer.caughtUp()
      assert.deepEqual(
        order,
        names.flatMap((name) => [name, `after ${name}`]),
      )
      assert.deepEqual(
        answers,
        names.map((name) => `${name}: true`),
      )
      assert.equal(peer.channel.queued, 0)
    })

    test('stays with its message, whatever is sent around it', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const handles = await Promise.all(Array.from({ length: 8 }, () => socket(t)))
      const arrived: string[] = []
      peer.news.on('socketCame', (name: string, port: number) => arrived.push(`${name} ${port}`))
      const expected: string[] = []
      // So that reads of the 64 KiB that Node reads at a time end anywhere, also within messages that carry handles.
      for (let round = 0; round < 200; round++) {
        if (round % 3 !== 0) peer.channel.sendOwn('x'.repeat(round % 3 === 1 ? 65_536 - round : 200_000))
        for (const [index, handle] of handles.entries()) {
          const found: { port?: number } = {}
          handle.getsockname?.(found)
          expected.push(`${round}.${index} ${found.port}`)
          peer.channel.sendHandle({ t: 'socket', name: `${round}.${index}` }, handle, () => {})
        }
        if (round % 10 === 9) await peer.caughtUp()
      }
      await peer.caughtUp()
      assert.deepEqual(arrived, expected)
    })

    test('is lost, and so are those behind it, when the process is killed before it confirms', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const handle = await socket(t)
      peer.stop()
      const answers: string[] = []
      for (const name of ['a', 'b', 'c']) send(peer, name, handle, answers)
      const request = peer.channel.request('echo', 'behind the handles')
      request.catch(() => {})
      peer.child.kill('SIGKILL')
      await assert.rejects(request, { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
      assert.deepEqual(answers, ['a: false', 'b: false', 'c: false'])
      peer.channel.close()
      assert.equal(answers.length, 3)
      assert.throws(() => send(peer, 'd', handle, answers), { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
      assert.equal(answers.length, 3)
    })

    test('that was closed while it waited is lost, and those around it are not', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const [first, second, third] = [await socket(t), await socket(t), await socket(t)]
      peer.stop()
      const answers: string[] = []
      send(peer, 'first', first, answers)
      peer.channel.send({ t: 'note', text: 'behind which handles go one by one' })
      send(peer, 'second', second, answers)
      send(peer, 'third', third, answers)
      second.close()
      peer.resume()
      await peer.caughtUp()
      assert.deepEqual(answers.sort(), ['first: true', 'second: false', 'third: true'])
      assert.deepEqual(peer.sockets, ['first', 'third'])
      assert.equal(peer.channel.queued, 0)
    })

    test('may be preceded by a word of the process that got it, which waits for no handle of its own', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const handle = await socket(t)
      const order: string[] = []
      peer.news.on('noted', (text: string) => order.push(text))
      peer.child.on('message', (_message, own) => (own as Server).close())
      peer.channel.sendHandle({ t: 'socket', name: 'a', wordAhead: true }, handle, (arrived) => {
        order.push(`a: ${arrived}`)
      })
      await peer.caughtUp()
      assert.deepEqual(order, ['ahead of a', 'a: true', 'behind a'])
      assert.deepEqual([peer.sockets, peer.surfaced], [['a'], ['a socket of its own']])
    })

    test('is not queued behind what does not fit through: that is refused at once', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const handle = await socket(t)
      peer.stop()
      const answers: string[] = []
      send(peer, 'a', handle, answers)
      const misfit = serialization === 'json' ? 10n : () => {}
      assert.throws(() => peer.channel.sendOwn(misfit))
      const request = peer.channel.request('echo', misfit)
      send(peer, 'b', handle, answers)
      peer.resume()
      await assert.rejects(request, Error)
      await peer.caughtUp()
      assert.deepEqual(answers, ['a: true', 'b: true'])
      assert.equal(peer.channel.queued, 0)
    })
  })
}

test('what is no handle is refused, and does not take the answer of the next one', async (t) => {
  const peer = await Peer.start(t)
  const handle = await socket(t)
  const answers: string[] = []
  assert.throws(() => send(peer, 'nothing', {} as StreamHandle, answers), { code: 'ERR_INVALID_HANDLE_TYPE' })
  send(peer, 'a', handle, answers)
  await peer.caughtUp()
  assert.deepEqual([answers, peer.channel.queued], [['a: true'], 0])
})

test('a handle that the other process has no descriptor for is lost, and the next one is not', async (t) => {
  const peer = await Peer.start(t, { descriptors: 64 })
  const handle = await socket(t)
  const answers: string[] = []
  assert.ok((await peer.channel.request('descriptors', 'exhaust')) > 0)
  send(peer, 'a', handle, answers)
  await until(() => answers.length === 1, { what: 'word of the first' })
  assert.deepEqual(answers, ['a: false'])
  assert.equal(await peer.channel.request('descriptors', 'release'), 0)
  send(peer, 'b', handle, answers)
  await until(() => answers.length === 2, { what: 'word of the second' })
  assert.deepEqual([answers, peer.sockets], [['a: false', 'b: true'], ['b']])
})

test('a handle that is read together with what makes a process close its channel is not taken', async (t) => {
  const peer = await Peer.start(t)
  const handle = await socket(t)
  const answers: string[] = []
  const closed = once<[number | null]>(peer.child, 'close')
  // So that it reads both at once.
  peer.stop()
  peer.channel.sendOwn('leave')
  send(peer, 'a', handle, answers)
  peer.resume()
  assert.deepEqual(await closed, [0, null])
  assert.deepEqual([answers, peer.sockets], [['a: false'], []])
  assert.equal(handle.getsockname?.({}), 0)
})

test('neither side keeps a descriptor of what was sent', async (t) => {
  const peer = await Peer.start(t)
  const handle = await socket(t)
  const open = (pid: number) => openDescriptors(pid).length
  const [here, there] = [open(process.pid), open(peer.child.pid!)]
  const answers: string[] = []
  for (let index = 0; index < 50; index++) send(peer, `${index}`, handle, answers)
  await peer.caughtUp()
  await until(() => open(process.pid) <= here && open(peer.child.pid!) <= there, {
    what: () => `${here} and ${there} descriptors, not ${open(process.pid)} and ${open(peer.child.pid!)}`,
  })
})
