import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { type PaperMaster, settled, supervised } from '../paper-master.js'

const RESTART = { minDelayMs: 100, maxDelayMs: 1_000, stableAfterMs: 5_000 }

const supervising = () => supervised({ restart: RESTART })

describe('a vacant slot', () => {
  test('is filled at once after the first death, but not within the event', async () => {
    const { clock, master, events } = supervising()
    master.vacate('web', 1)
    assert.deepEqual([events, master.fills], [['backoff web/1 0'], []])
    clock.advance(0)
    assert.deepEqual(master.fills, ['web/1'])
    await settled()
    assert.deepEqual(events, ['backoff web/1 0', 'respawn'])
    assert.equal(clock.pending, 0)
  })

  test('is filled after a delay from then on: longer for each short life there, and not elsewhere', () => {
    const { clock, master, events } = supervising()
    for (let life = 0; life < 4; life++) {
      master.vacate('web', 0)
      clock.advance(1_000)
    }
    master.vacate('web', 1)
    master.vacate('admin', 0)
    assert.deepEqual(events, [
      ...['backoff web/0 0', 'backoff web/0 100', 'backoff web/0 200', 'backoff web/0 400'],
      ...['backoff web/1 0', 'backoff admin/0 0'],
    ])
  })

  test('is filled at once while a worker stands by, unless the last one did not come up', () => {
    const { master, events } = supervising()
    const standby = master.worker('web', -1, { state: 'waiting' })
    master.vacate('web', 1)
    master.vacate('web', 1)
    standby.state = 'exited'
    master.vacate('web', 1)
    master.worker('web', -1, { state: 'waiting' })
    master.miscarry('web', 1)
    const delays = events
      .filter((event) => event.startsWith('backoff web/1'))
      .map((event) => event.split(' ')[2])
    assert.deepEqual(delays.slice(0, 2), ['0', '0'])
    assert.ok(
      delays.slice(2).every((delay) => Number(delay) > 0),
      delays.join(),
    )
    assert.equal(delays.length, 4)
  })

  test('is not filled before the delay is over', () => {
    const { clock, master } = supervising()
    master.vacate('web', 0)
    clock.advance(0)
    master.vacate('web', 0)
    clock.advance(99)
    assert.deepEqual(master.fills, ['web/0'])
    clock.advance(1)
    assert.deepEqual(master.fills, ['web/0', 'web/0'])
  })

  test('is filled at once again after a stable life, which counts from when the worker was ready', () => {
    const { clock, master, events } = supervising()
    master.vacate('web', 0)
    clock.advance(0)
    // It took long to get ready.
    const slow = master.serve('web', 0)
    slow.uptimeMs = 60_000
    clock.advance(4_999)
    master.emit('vacant', { group: 'web', slot: 0, worker: slow })
    clock.advance(1_000)
    const stable = master.serve('web', 0)
    clock.advance(5_000)
    master.emit('vacant', { group: 'web', slot: 0, worker: stable })
    assert.deepEqual(
      events.filter((event) => event !== 'respawn'),
      [...['backoff web/0 0', 'backoff web/0 100', 'backoff web/0 0']],
    )
  })

  test('is filled at once again after a life that was stable before anybody watched', () => {
    const { clock, master, events } = supervising()
    for (const uptimeMs of [10, 10, 5_000]) {
      master.vacate('web', 0, { uptimeMs })
      clock.advance(1_000)
    }
    assert.deepEqual(events, ['backoff web/0 0', 'backoff web/0 100', 'backoff web/0 0'])
  })

  test('is not filled at once if its worker did not even come up, however long that took', () => {
    const { clock, master, events, supervisor } = supervising()
    const counts: unknown[] = []
    supervisor.on('backoff', ({ kind, startFailures, runFailures }) => {
      counts.push([kind, startFailures, runFailures])
    })
    for (let life = 0; life < 2; life++) {
      master.vacate('web', 0, { wasReady: false, uptimeMs: 30_000 })
      clock.advance(1_000)
    }
    master.vacate('web', 0)
    assert.deepEqual(events, ['backoff web/0 100', 'backoff web/0 200', 'backoff web/0 400'])
    assert.deepEqual(counts, [
      ['start', 1, 0],
      ['start', 2, 0],
      ['run', 2, 1],
    ])
  })

  test('is filled once, also if it is reported vacant twice', () => {
    const { clock, master } = supervising()
    master.vacate('web', 0)
    master.vacate('web', 0)
    clock.advance(10_000)
    assert.deepEqual(master.fills, ['web/0'])
  })

  test('is not filled if somebody else does so during the delay', () => {
    const { clock, master } = supervising()
    master.miscarry('web', 0)
    master.serve('web', 1)
    master.miscarry('web', 1)
    master.serve('web', 0)
    clock.advance(10_000)
    assert.deepEqual(master.fills, ['web/1'])
  })

  test('is tried again when its new worker does not come up, and that is reported', async () => {
    const { clock, master, events, supervisor } = supervising()
    master.outcome = async () => {
      throw new ManifoldError('ERR_MANIFOLD_START', 'exit code 1')
    }
    const counts: number[] = []
    supervisor.on('failed', ({ startFailures }) => counts.push(startFailures))
    master.vacate('web', 0)
    clock.advance(0)
    master.miscarry('web', 0)
    await settled()
    assert.deepEqual(events, ['backoff web/0 0', 'backoff web/0 100', 'failed web/0 ERR_MANIFOLD_START'])
    assert.deepEqual(counts, [1])
    master.outcome = async () => ({})
    clock.advance(100)
    await settled()
    assert.equal(events.at(-1), 'respawn')
  })

  test('is left alone while the master starts or stops', () => {
    const { clock, master, events } = supervising()
    for (const state of ['idle', 'starting', 'stopping', 'stopped']) {
      master.state = state
      master.vacate('web', 0)
    }
    clock.advance(10_000)
    assert.deepEqual([master.fills, events, clock.pending], [[], [], 0])
  })

  test('is not filled if the master stops during the delay', () => {
    const { clock, master } = supervising()
    master.vacate('web', 0)
    master.state = 'stopping'
    clock.advance(10_000)
    assert.deepEqual(master.fills, [])
  })

  test('causes no report of a failure if its worker came too late because the master stops', async () => {
    const { clock, master, events } = supervising()
    master.outcome = async () => {
      master.state = 'stopping'
      throw new ManifoldError('ERR_MANIFOLD_STOPPED', 'the group is stopping')
    }
    master.vacate('web', 0)
    clock.advance(100)
    await settled()
    assert.deepEqual(events, ['backoff web/0 0'])
  })

  for (const [what, remove] of [
    ['it is taken away', (master: PaperMaster) => master.emit('scale', { group: 'web', from: 3, to: 1 })],
    ['its group is removed', (master: PaperMaster) => master.emit('groupRemoved', 'web')],
  ] as const) {
    test(`is forgotten if ${what}`, () => {
      const { clock, master, events } = supervising()
      master.vacate('web', 2)
      master.vacate('admin', 2)
      remove(master)
      clock.advance(10_000)
      assert.deepEqual(master.fills, ['admin/2'])
      master.vacate('web', 2)
      assert.equal(events.at(-1), 'backoff web/2 0', 'it starts over')
    })
  }

  for (const code of ['ERR_MANIFOLD_STATE', 'ERR_MANIFOLD_STOPPED', 'ERR_MANIFOLD_OPTION'] as const) {
    test(`causes no report of a failure if it is not to be filled any more: ${code}`, async () => {
      const { clock, master, events } = supervising()
      master.outcome = async () => {
        throw new ManifoldError(code, 'gone')
      }
      master.vacate('web', 0)
      clock.advance(0)
      await settled()
      assert.deepEqual([master.fills, events], [['web/0'], ['backoff web/0 0']])
    })
  }
})
