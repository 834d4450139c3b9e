import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Worker } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { HttpClient, pidOf } from '../http-client.js'
import { fixture, signal } from '../service.js'
import { Replacement } from './replacement.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const DONE = { type: 'exited', code: 0, asked: true }

/** What the application of `waits-on-drain` tells. */
type Said = { cause?: string; deadlineMs?: number; finished?: boolean }

function listenTo(replacement: Replacement): Said[] {
  const said: Said[] = []
  replacement.service.master.on('message', (_worker: Worker, message: unknown) => said.push(message as Said))
  return said
}

describe('an application whose worker drains', { concurrency: true }, () => {
  const exec = fixture('services/waits-on-drain')

  it('is told, and waited for', async () => {
    await using replacement = await Replacement.of({ exec, drainTimeoutMs: 9_000 })
    const said = listenTo(replacement)
    const { reason, afterMs } = await (await replacement.begin()).ended
    assert.deepEqual(said, [{ cause: 'replace', deadlineMs: 9_000 }, { finished: true }])
    assert.deepEqual(reason, DONE)
    assert.ok(afterMs > 250 && afterMs < 5_000, `gone after ${afterMs} ms`)
  })

  it('is told of a SIGTERM, too', async () => {
    await using replacement = await Replacement.of({ exec, drainTimeoutMs: 9_000 })
    const said = listenTo(replacement)
    const gone = once(replacement.service.master, 'exit')
    signal(replacement.old.pid, 'SIGTERM')
    const [, reason] = await gone
    assert.deepEqual(said, [{ cause: 'signal', deadlineMs: 9_000 }, { finished: true }])
    assert.deepEqual(reason, { ...DONE, asked: false })
  })

  it('is not waited for past the deadline', async () => {
    await using replacement = await Replacement.of({ exec, drainTimeoutMs: 50 })
    const said = listenTo(replacement)
    const { reason } = await (await replacement.begin()).ended
    assert.deepEqual([said, reason], [[{ cause: 'replace', deadlineMs: 50 }], DONE])
  })

  for (const how of ['fails', 'throws']) {
    it(`cuts off no client when it ${how} at what it has to finish`, async () => {
      await using replacement = await Replacement.of({
        ...{ exec, env: { HOW: how } },
        // It says there what went wrong.
        stdio: ['ignore', 'inherit', 'ignore'],
      })
      using client = await HttpClient.connect(replacement.port)
      const answer = client.get('/?ms=800', 'close')
      await client.someBytes
      const { reason } = await (await replacement.begin()).ended
      assert.equal((await answer).body.toString(), `${replacement.old.pid}\n`)
      assert.deepEqual(reason, { ...DONE, code: 1 }, 'its error is an unhandled rejection, as ever')
    })
  }
})

describe('an application that closes its server itself', { concurrency: true }, () => {
  it('on the same SIGTERM, ends in its own way', async () => {
    await using replacement = await Replacement.of({ exec: fixture('services/handles-sigterm') })
    using client = await HttpClient.connect(replacement.port)
    const answer = client.get('/?ms=500', 'close')
    const gone = once(replacement.service.master, 'exit')
    await client.someBytes
    signal(replacement.old.pid, 'SIGTERM')
    assert.equal(pidOf(await answer), replacement.old.pid)
    const [, reason] = await gone
    assert.deepEqual(reason, { type: 'exited', code: 7, asked: false })
  })

  it('before the drain, is drained all the same', async () => {
    await using replacement = await Replacement.of({ exec: fixture('services/obedient-server'), workers: 1 })
    const { old, port, service } = replacement
    using client = await HttpClient.connect(port)
    await client.get()
    const answer = client.get('/held')
    await service.order(old, { do: 'close' })
    const { ended } = await replacement.begin()
    await service.order(old, { do: 'let go' })
    const response = await answer
    assert.deepEqual([pidOf(response), response.keepAlive], [old.pid, false])
    assert.deepEqual((await ended).reason, DONE)
  })
})
