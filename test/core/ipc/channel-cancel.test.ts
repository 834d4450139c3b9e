import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import { FakeClock } from '../../helpers/fake-clock.js'
import { once } from '../../helpers/wait.js'
import { Peer } from './peer.js'

describe('whoever answers a request is told', () => {
  for (const how of ['signal', 'flag'] as const) {
    test(`by its ${how} that the caller gave up`, async (t) => {
      const { channel, news } = await Peer.start(t)
      const controller = new AbortController()
      const asked = once(news, 'noted')
      const request = channel.request('givenUp', how, { signal: controller.signal })
      request.catch(() => {})
      await asked
      const told = once(news, 'noted')
      controller.abort()
      await assert.rejects(request, { code: 'ERR_MANIFOLD_ABORTED' })
      assert.deepEqual(await told, ['given up: true'])
    })
  }

  test('that the time is over', async (t) => {
    const clock = new FakeClock()
    const { channel, news } = await Peer.start(t, { clock })
    const asked = once(news, 'noted')
    const request = channel.request('givenUp', 'signal', { timeoutMs: 50 })
    request.catch(() => {})
    await asked
    const told = once(news, 'noted')
    clock.advance(50)
    await assert.rejects(request, { code: 'ERR_MANIFOLD_TIMEOUT' })
    assert.deepEqual(await told, ['given up: true'])
  })

  test('nothing where the answer came, or the request was never sent', async (t) => {
    const peer = await Peer.start(t)
    const controller = new AbortController()
    const { signal } = controller
    assert.equal(await peer.channel.request('echo', 1, { signal, timeoutMs: 30_000 }), 1)
    controller.abort()
    await assert.rejects(peer.channel.request('givenUp', 'signal', { signal }), {
      code: 'ERR_MANIFOLD_ABORTED',
    })
    await peer.caughtUp()
    assert.deepEqual(peer.noted, [])
  })
})

describe('a channel is idle', () => {
  test('once what the other side asked is answered', async (t) => {
    const questions = new EventEmitter()
    const { channel } = await Peer.start(t, {
      double: (number) => new Promise((answer) => questions.emit('asked', () => answer(number * 2))),
    })
    const asked = once<[answer: () => void]>(questions, 'asked')
    const doubled = channel.request('double', 1)
    const [answer] = await asked
    let idle = false
    const becomesIdle = channel.idle().then(() => {
      idle = true
    })
    await channel.request('echo', 1)
    assert.equal(idle, false)
    answer()
    await becomesIdle
    assert.equal(await doubled, 2)
  })

  test('once what it said has left, or when it is closed', async (t) => {
    const peer = await Peer.start(t)
    await peer.channel.idle()
    peer.stop()
    for (let said = 0; said < 3; said++) peer.channel.sendOwn('x'.repeat(1_000_000))
    let idle = false
    const becomesIdle = peer.channel.idle().then(() => {
      idle = true
    })
    await new Promise(setImmediate)
    assert.equal(idle, false)
    peer.channel.close()
    await becomesIdle
  })
})
