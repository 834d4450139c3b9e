import assert from 'node:assert/strict'
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
      assert.deepEqual(await came, ['a'])
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
      send(peer, 'second', second, answers)
      send(peer, 'third', third, answers)
      second.close()
      peer.resume()
      await peer.caughtUp()
      assert.deepEqual(answers.sort(), ['first: true', 'second: false', 'third: true'])
      assert.deepEqual(peer.sockets, ['first', 'third'])
      assert.equal(peer.channel.queued, 0)
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
