import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Master } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { startMessengers } from './messengers.js'

const before = snapshot()
after(() => assertNoLeaks(before))

async function heard(master: Master, group: string): Promise<unknown[]> {
  const slots = master.group(group).workers.map(({ slot }) => slot)
  const all: unknown[] = []
  for (const slot of slots) all.push(await master.group(group).call('heard', null, { slot }))
  return all
}

describe('a broadcast', () => {
  test('reaches every worker of a group, or of all, that has subscribed', async (t) => {
    const master = await startMessengers(t, { web: { workers: 2 }, store: { serialization: 'advanced' } })
    assert.deepEqual(master.group('web').broadcast('news', { level: 1 }), { sent: 2, skipped: 0 })
    assert.deepEqual(master.broadcast('news', 2), { sent: 3, skipped: 0 })
    assert.deepEqual(master.broadcast('gossip', 3), { sent: 3, skipped: 0 })
    assert.deepEqual(await heard(master, 'web'), [
      [{ level: 1 }, 2],
      [{ level: 1 }, 2],
    ])
    assert.deepEqual(await heard(master, 'store'), [[2]])
    await master.group('store').call('unsubscribe')
    master.broadcast('news', 4)
    assert.deepEqual(await heard(master, 'store'), [[2]])
  })

  test('skips a worker that does not read', async (t) => {
    const master = await startMessengers(t, { web: { workers: 2, maxQueued: 3 } })
    const [stopped, other] = master.group('web').workers
    process.kill(stopped!.pid!, 'SIGSTOP')
    const long = 'x'.repeat(1_000_000)
    for (let turn = 0; turn < 4; turn++) {
      master.broadcast('news', long)
      // So that the other one has read it.
      await master.group('web').call('echo', null, { slot: other!.slot })
    }
    const result = master.broadcast('news', 'last')
    process.kill(stopped!.pid!, 'SIGCONT')
    assert.deepEqual(result, { sent: 1, skipped: 1 })
  })

  test('of what cannot be sent is an error, and one to a dead worker is none', async (t) => {
    const master = await startMessengers(t, { web: {} })
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    assert.throws(() => master.broadcast('news', cycle), TypeError)
    assert.throws(() => master.broadcast('', 1), { code: 'ERR_MANIFOLD_OPTION' })
    const gone = once(master, 'exit')
    process.kill(master.group('web').workers[0]!.pid!, 'SIGKILL')
    await gone
    assert.deepEqual(master.broadcast('news', 1), { sent: 0, skipped: 0 })
  })
})
