import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { HeldSocket, parseSocket } from '@manifold/core/internal'
import { until } from '../../helpers/wait.js'
import { Peer } from './peer.js'

const FULL = { code: 'ERR_MANIFOLD_CHANNEL_FULL' }

async function stoppedPeer(t: TestContext, maxQueued: number) {
  const peer = await Peer.start(t, { maxQueued })
  const held = await HeldSocket.hold('http', parseSocket('listen.http', '127.0.0.1:0'))
  t.after(() => held.close())
  peer.stop()
  return { peer, channel: peer.channel, handle: held.handle }
}

/** Everything has left this process. */
const emptied = (channel: Peer['channel']) =>
  until(() => channel.queued === 0, { what: () => `${channel.queued} messages to leave` })

describe('what waits for a process that does not read', () => {
  test('is bounded behind a handle: then sending fails, and says how much waits for whom', async (t) => {
    const { peer, channel, handle } = await stoppedPeer(t, 10)
    const arrivals: boolean[] = []
    channel.sendHandle({ t: 'socket', name: 'a' }, handle, (arrived) => arrivals.push(arrived))
    let sent = 0
    assert.throws(
      () => {
        for (; sent < 100; sent++) channel.sendOwn(sent)
      },
      { ...FULL, message: '10 messages wait for the peer, which does not read them' },
    )
    // The handle itself may have been counted, or have left already.
    assert.ok(sent === 9 || sent === 10, `${sent}`)
    assert.equal(channel.queued, 10)
    await assert.rejects(channel.request('echo', 1), FULL)

    peer.resume()
    await emptied(channel)
    await peer.caughtUp()
    assert.deepEqual(
      await channel.request('surfaced', null),
      Array.from({ length: sent }, (_, index) => index),
    )
    assert.deepEqual([arrivals, peer.sockets], [[true], ['a']])
  })

  test('is bounded where no handle is in the way: long messages fill the pipe', async (t) => {
    const { peer, channel } = await stoppedPeer(t, 5)
    const long = 'x'.repeat(1_000_000)
    assert.throws(() => {
      for (let sent = 0; sent < 100; sent++) channel.sendOwn(long)
    }, FULL)
    assert.equal(channel.queued, 5)
    peer.resume()
    await emptied(channel)
    const surfaced = await channel.request('surfaced', null)
    assert.ok(surfaced.length >= 5 && surfaced.every((text) => text === long))
  })

  test('does not keep the framework from saying what it must', async (t) => {
    const { peer, channel, handle } = await stoppedPeer(t, 3)
    channel.sendHandle({ t: 'socket', name: 'a' }, handle, () => {})
    assert.throws(() => {
      for (;;) channel.sendOwn('more')
    }, FULL)
    for (let index = 0; index < 5; index++) channel.send({ t: 'note', text: `${index}` })
    channel.sendHandle({ t: 'socket', name: 'b' }, handle, () => {})
    assert.equal(channel.queued, 9)
    peer.resume()
    await emptied(channel)
    await peer.caughtUp()
    assert.deepEqual(
      [peer.noted, peer.sockets],
      [
        ['0', '1', '2', '3', '4'],
        ['a', 'b'],
      ],
    )
  })

  test('is let go when the process dies', async (t) => {
    const { peer, channel, handle } = await stoppedPeer(t, 5)
    const arrivals: boolean[] = []
    for (let index = 0; index < 5; index++) {
      channel.sendHandle({ t: 'socket', name: `${index}` }, handle, (arrived) => arrivals.push(arrived))
    }
    peer.child.kill('SIGKILL')
    await assert.rejects(channel.request('echo', 1, { timeoutMs: 10_000 }), {
      code: /ERR_MANIFOLD_CHANNEL_(FULL|CLOSED)/,
    })
    await until(() => arrivals.length === 5, { what: () => `word of all, not only ${arrivals.length}` })
    assert.deepEqual(arrivals, Array(5).fill(false))
  })
})
