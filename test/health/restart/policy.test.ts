import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExitReason } from '@manifold/core'
import { CRASH, DONE, supervised } from '../paper-master.js'

const FAILURES: readonly ExitReason[] = [
  CRASH,
  { type: 'signaled', signal: 'SIGTERM', asked: false },
  { type: 'signaled', signal: 'SIGKILL', asked: true },
  { type: 'killed', signal: 'SIGKILL', asked: true },
  { type: 'unspawned', error: new Error('no such file'), asked: false },
  // Its master had a reason.
  { type: 'exited', code: 0, asked: true },
]

describe('the restart policy', () => {
  test('always: no reason is waited for', () => {
    const { master, events } = supervised()
    master.vacate('web', 0)
    assert.deepEqual(events, ['backoff web/0 0'])
  })

  for (const [index, reason] of FAILURES.entries()) {
    test(`on-failure: whoever fails is restarted, once that is known (${index})`, () => {
      const { clock, master, events } = supervised({ restart: { policy: 'on-failure' } })
      const worker = master.vacate('web', 0)
      clock.advance(1_000)
      assert.deepEqual(events, [])
      master.exit(worker, reason)
      assert.deepEqual(events, ['backoff web/0 0'])
    })
  }

  test('on-failure: whoever is done is not, and the reason is told', () => {
    const { clock, master, supervisor, events } = supervised({ restart: { policy: 'on-failure' } })
    const told: unknown[] = []
    supervisor.on('leftVacant', (left) => told.push(left))
    const worker = master.vacate('web', 0)
    master.exit(worker, DONE)
    clock.advance(100_000)
    assert.deepEqual([master.fills, events], [[], ['leftVacant web/0']])
    assert.deepEqual(told, [{ group: 'web', slot: 0, worker, reason: DONE }])
  })

  test('on-failure: something uncaught is a failure already, whether it is told first or last', () => {
    const { master, events } = supervised({ restart: { policy: 'on-failure' } })
    const first = master.worker('web', 0)
    master.emit('uncaught', first, {})
    master.emit('vacant', { group: 'web', slot: 0, worker: first })
    assert.deepEqual(events, ['backoff web/0 0'])
    const last = master.vacate('web', 1)
    master.emit('uncaught', last, {})
    assert.deepEqual(events, ['backoff web/0 0', 'backoff web/1 0'])
    for (const worker of [first, last]) master.exit(worker, CRASH)
    assert.equal(events.length, 2)
  })

  test('on-failure: a worker that had to be told to finish for its silence has failed, whatever its code', () => {
    const { clock, master, events } = supervised({ restart: { policy: 'on-failure' } })
    const worker = master.worker('web', 0)
    worker.silentMs = 2_000
    master.emit('silent', worker, 2_000)
    worker.silentMs = 3_000
    clock.advance(1_000)
    assert.deepEqual(worker.signals, ['SIGTERM'])
    master.emit('draining', worker, 'signal')
    master.emit('vacant', { group: 'web', slot: 0, worker })
    assert.deepEqual(events, ['backoff web/0 0'])
  })

  test('on-failure: a worker whose end was told before the slot was vacant', () => {
    const { master, events } = supervised({ restart: { policy: 'on-failure' } })
    for (const [slot, reason] of [DONE, CRASH].entries()) {
      const worker = master.worker('web', slot)
      master.exit(worker, reason)
      master.emit('vacant', { group: 'web', slot, worker })
    }
    // Nobody has heard of the end of this one.
    master.vacate('web', 2, { state: 'exited' })
    assert.deepEqual(events, ['leftVacant web/0', 'backoff web/1 0', 'backoff web/2 0'])
  })

  test('on-failure: a slot that somebody fills while its worker finishes is not filled again', () => {
    const { master, events } = supervised({ restart: { policy: 'on-failure' } })
    const worker = master.vacate('web', 0)
    master.serve('web', 0)
    master.exit(worker, CRASH)
    assert.deepEqual(events, [])
  })

  test('never: nobody is restarted', () => {
    const { clock, master, events } = supervised({ restart: { policy: 'never' } })
    for (const [slot, reason] of FAILURES.entries()) {
      const worker = master.vacate('web', slot)
      master.emit('uncaught', worker, {})
      master.exit(worker, reason)
    }
    clock.advance(100_000)
    assert.deepEqual(master.fills, [])
    assert.deepEqual(
      events,
      FAILURES.map((_, slot) => `leftVacant web/${slot}`),
    )
  })

  test('on: decides instead, by reason and worker, once the worker is gone', () => {
    const asked: unknown[] = []
    const { master, events } = supervised({
      restart: {
        policy: 'always',
        on: (reason, worker) => {
          asked.push([reason, worker.slot])
          return reason.type === 'exited' && reason.code === 7
        },
      },
    })
    const [crashed, done] = [master.vacate('web', 0), master.vacate('web', 1)]
    master.emit('uncaught', done, {})
    assert.deepEqual(asked, [])
    master.exit(crashed, CRASH)
    master.exit(done, DONE)
    assert.deepEqual(asked, [
      [CRASH, 0],
      [DONE, 1],
    ])
    assert.deepEqual(events, ['backoff web/0 0', 'leftVacant web/1'])
  })

  test('on: if it throws, the worker is restarted, and the error is an uncaught one', (t) => {
    const thrown: (() => void)[] = []
    t.mock.method(process, 'nextTick', (callback: () => void) => thrown.push(callback))
    const { master, events } = supervised({
      restart: {
        on: () => {
          throw new RangeError('mine')
        },
      },
    })
    master.exit(master.vacate('web', 0), DONE)
    assert.deepEqual([events, thrown.length], [['backoff web/0 0'], 1])
    assert.throws(thrown[0]!, /mine/)
  })
})
