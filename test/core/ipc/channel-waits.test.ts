import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { FakeClock } from '../../helpers/fake-clock.js'
import { once } from '../../helpers/wait.js'
import { Peer } from './peer.js'

/** The code of what a promise rejects with; undefined if it resolves. */
function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error) => {
      assert.ok(error instanceof ManifoldError, String(error))
      return error.code
    },
  )
}

describe('a request ends', () => {
  test('when its time is over, and not before', async (t) => {
    const clock = new FakeClock()
    const { channel } = await Peer.start(t, { clock })
    let over = false
    const request = channel.request('never', null, { timeoutMs: 500 })
    const code = codeOf(request).finally(() => {
      over = true
    })
    clock.advance(499)
    await new Promise(setImmediate)
    assert.equal(over, false)
    clock.advance(1)
    assert.equal(await code, 'ERR_MANIFOLD_TIMEOUT')
    await assert.rejects(request, { message: "request 'never' to the peer: no answer in 500 ms" })
  })

  test('when its time is over, also if the other process is stopped', async (t) => {
    const peer = await Peer.start(t)
    peer.stop()
    assert.equal(await codeOf(peer.channel.request('echo', 1, { timeoutMs: 50 })), 'ERR_MANIFOLD_TIMEOUT')
    peer.resume()
    // The late answer is nobody's.
    await peer.caughtUp()
  })

  test('with its answer, and leaves no timer behind', async (t) => {
    const clock = new FakeClock()
    const { channel } = await Peer.start(t, { clock })
    await channel.request('echo', 1, { timeoutMs: 500 })
    await assert.rejects(channel.request('fail', { how: 'text' }, { timeoutMs: 500 }))
    assert.equal(clock.pending, 0)
  })

  test('when the caller gives up, with the reason as its cause', async (t) => {
    const clock = new FakeClock()
    const { channel } = await Peer.start(t, { clock })
    const controller = new AbortController()
    const reason = new Error('the client went away')
    const request = channel.request('never', null, { timeoutMs: 500, signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(request, {
      code: 'ERR_MANIFOLD_ABORTED',
      message: "request 'never' to the peer: given up by the caller",
      cause: reason,
    })
    assert.equal(clock.pending, 0)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })

  test('before it began, if the caller had given up already', async (t) => {
    const peer = await Peer.start(t)
    const request = peer.channel.request('say', 'hello', { signal: AbortSignal.abort() })
    assert.equal(await codeOf(request), 'ERR_MANIFOLD_ABORTED')
    await peer.caughtUp()
    assert.deepEqual(peer.surfaced, [])
  })

  test('with its answer, and forgets the signal, however often it is used', async (t) => {
    const { channel } = await Peer.start(t)
    const { signal } = new AbortController()
    for (let turn = 0; turn < 20; turn++) await channel.request('echo', turn, { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })
})

describe('the death of the other process', () => {
  test('settles all that waits for it, and all that comes later', async (t) => {
    const clock = new FakeClock()
    const { channel, child } = await Peer.start(t, { clock })
    const { signal } = new AbortController()
    const codes = Array.from({ length: 10 }, () =>
      codeOf(channel.request('never', null, { timeoutMs: 500, signal })),
    )
    child.kill('SIGKILL')
    assert.deepEqual(await Promise.all(codes), Array(10).fill('ERR_MANIFOLD_CHANNEL_CLOSED'))
    assert.equal(await codeOf(channel.request('echo', 1)), 'ERR_MANIFOLD_CHANNEL_CLOSED')
    assert.throws(() => channel.send({ t: 'note', text: 'late' }), { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
    assert.throws(() => channel.sendOwn('late'), { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
    assert.equal(channel.open, false)
    assert.equal(clock.pending, 0)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  test('is told by name, and closing again changes nothing', async (t) => {
    const { channel, child } = await Peer.start(t)
    const request = channel.request('never', null)
    child.kill('SIGKILL')
    await assert.rejects(request, { code: 'ERR_MANIFOLD_CHANNEL_CLOSED', message: 'the peer is gone' })
    channel.close()
    channel.close()
  })

  test('settles what waits while it was stopped', async (t) => {
    const peer = await Peer.start(t)
    peer.stop()
    const codes = Array.from({ length: 5 }, () => codeOf(peer.channel.request('echo', 1)))
    peer.child.kill('SIGKILL')
    assert.deepEqual(await Promise.all(codes), Array(5).fill('ERR_MANIFOLD_CHANNEL_CLOSED'))
  })
})

test('after the other process has disconnected nothing can be sent', async (t) => {
  const { channel, child } = await Peer.start(t)
  const disconnected = once(child, 'disconnect')
  await channel.request('disconnect', null)
  await disconnected
  assert.equal(channel.open, false)
  assert.equal(await codeOf(channel.request('echo', 1)), 'ERR_MANIFOLD_CHANNEL_CLOSED')
  assert.throws(() => channel.send({ t: 'note', text: 'late' }), {
    code: 'ERR_MANIFOLD_CHANNEL_CLOSED',
    message: 'the peer is gone',
  })
})
