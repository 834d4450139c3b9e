import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { once } from '../../helpers/wait.js'
import { Peer } from './peer.js'

for (const serialization of ['json', 'advanced'] as const) {
  describe(`a channel with ${serialization} serialization`, () => {
    test('answers requests, each with its own answer, in whatever order they come', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      const answers = await Promise.all([
        channel.request('late', { turns: 50, value: 'slow' }),
        channel.request('echo', { deep: [1, 'two', null, { three: true }] }),
        channel.request('late', { turns: 5, value: 'quick' }),
        channel.request('echo', null),
      ])
      assert.deepEqual(answers, ['slow', { deep: [1, 'two', null, { three: true }] }, 'quick', null])
    })

    test('is asked by both sides at the same time', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      const numbers = Array.from({ length: 20 }, (_, index) => index)
      const doubles = await Promise.all(numbers.map((number) => channel.request('double', number)))
      assert.deepEqual(
        doubles,
        numbers.map((number) => number * 2),
      )
    })

    test('brings back an error with its name, code, message and stack', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      await assert.rejects(channel.request('fail', { how: 'coded' }), (error: Error & { code?: string }) => {
        assert.deepEqual(
          [error.name, error.code, error.message],
          ['SaltError', 'ERR_NO_SALT', 'there is no salt'],
        )
        // The stack is that of the other process, which tells where it went wrong.
        assert.match(error.stack ?? '', /there is no salt\n(?:.*\n)*.*channel-peer\.js/)
        return true
      })
    })

    test('makes an error of what is thrown and is none', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      await assert.rejects(channel.request('fail', { how: 'text' }), {
        name: 'Error',
        message: 'there is no salt',
      })
      await assert.rejects(channel.request('fail', { how: 'unspeakable' }), {
        message: 'something was thrown that cannot be told',
      })
      await assert.rejects(channel.request('fail', { how: 'number' }), { message: '7', name: 'Error' })
      await assert.rejects(channel.request('fail', { how: 'nothing' }), {
        name: 'Error',
        message: 'undefined',
      })
    })

    test('says so when an answer does not fit through, and goes on', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      const oddity = serialization === 'json' ? 'cycle' : 'function'
      await assert.rejects(channel.request('oddity', oddity), Error)
      assert.equal(await channel.request('echo', 'still there'), 'still there')
    })

    test('fails a request that does not fit through, at once', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      const question = serialization === 'json' ? 10n : () => {}
      await assert.rejects(channel.request('echo', question), Error)
      assert.equal(channel.queued, 0)
      assert.equal(await channel.request('echo', 'still there'), 'still there')
    })

    test('answers no request whose name it does not know, not even one that every object knows', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      for (const name of ['missing', 'toString', 'constructor', '__proto__', 'hasOwnProperty']) {
        await assert.rejects(channel.request(name as 'echo', null), {
          code: 'ERR_MANIFOLD_NO_HANDLER',
          message: `nobody answers requests named '${name}'`,
        })
      }
    })

    test('leaves messages alone that it does not know: a newer peer may send them', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      for (const t of ['news', 'toString', '__proto__']) channel.send({ t } as never)
      assert.equal(await channel.request('echo', 'still there'), 'still there')
    })

    test('keeps messages in order', async (t) => {
      const peer = await Peer.start(t, { serialization })
      const texts = Array.from({ length: 500 }, (_, index) => `${index}`)
      for (const text of texts) peer.channel.send({ t: 'note', text })
      await peer.caughtUp()
      assert.deepEqual(peer.noted, texts)
      assert.equal(peer.channel.queued, 0)
    })

    test('carries a long message whole', async (t) => {
      const { channel } = await Peer.start(t, { serialization })
      const long = 'ä€😀'.repeat(500_000)
      assert.equal(await channel.request('echo', long), long)
    })

    describe('beside an application that uses process.send itself', () => {
      const messages = [
        'text',
        7,
        null,
        { t: 'noted', text: 'not ours' },
        { t: 'reply', id: 1 },
        ['list'],
        { a: {} },
      ]

      test('lets what the application is sent pass untouched, and nothing of its own come up', async (t) => {
        const peer = await Peer.start(t, { serialization })
        for (const message of messages) {
          peer.channel.sendOwn(message)
          peer.channel.send({ t: 'note', text: 'ours' })
        }
        assert.deepEqual(await peer.channel.request('surfaced', null), messages)
        assert.deepEqual(peer.surfaced, [])
        assert.deepEqual(peer.noted, Array(messages.length).fill('ours'))
      })

      test('lets what the application says pass untouched, and nothing of its own come up', async (t) => {
        const peer = await Peer.start(t, { serialization })
        for (const message of messages) await peer.channel.request('say', message)
        assert.deepEqual(peer.surfaced, messages)
        assert.deepEqual(peer.noted, [])
      })

      test('does not listen to what others send past it', async (t) => {
        const peer = await Peer.start(t, { serialization })
        peer.sendRaw({ cmd: 'NODE_OTHER', body: { t: 'note', text: 'not ours' } })
        peer.sendRaw({ cmd: 'MANIFOLD', body: { t: 'note', text: 'not ours' } })
        await peer.caughtUp()
        assert.deepEqual(peer.noted, [])
      })
    })
  })
}

test('advanced serialization carries what JSON cannot', async (t) => {
  const { channel } = await Peer.start(t, { serialization: 'advanced' })
  const value = {
    map: new Map([['a', new Set([1])]]),
    date: new Date(0),
    big: 10n,
    none: undefined,
    not: Number.NaN,
  }
  assert.deepEqual(await channel.request('echo', value), value)
  assert.deepEqual(await channel.request('oddity', 'bigint'), 10n)
})

test('JSON serialization refuses what JSON cannot carry', async (t) => {
  const { channel } = await Peer.start(t, { serialization: 'json' })
  await assert.rejects(channel.request('oddity', 'bigint'), /BigInt/)
})

test('a message may be sent before the other side has loaded anything', async (t) => {
  const peer = await Peer.start(t)
  const noted = once<[string]>(peer.news, 'noted')
  peer.channel.send({ t: 'note', text: 'early' })
  assert.deepEqual(await noted, ['early'])
})
