import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RestartOptions } from '@manifold/health'
import { settled, supervised } from '../paper-master.js'

/** At once, unless there is a crash loop. */
const AT_ONCE = { minDelayMs: 0, maxDelayMs: 1_000, stableAfterMs: 0 }
const FEW = { ...AT_ONCE, maxRestarts: 2, withinMs: 10_000 }

function looping(restart: RestartOptions = {}) {
  const supervision = supervised({ restart: { ...FEW, ...restart } })
  const { master, clock, events } = supervision
  for (const slot of [0, 1]) {
    master.vacate('web', slot)
    clock.advance(0)
    master.serve('web', slot)
  }
  events.length = 0
  master.vacate('web', 2)
  return { ...supervision, fills: () => master.fills.splice(0) }
}

describe('a crash loop', () => {
  test('is more deaths of a group than it may have within a time, and is told once', () => {
    const { events, master, clock } = looping()
    assert.deepEqual(events, ['crashloop web 3', 'backoff web/2 1000'])
    master.vacate('web', 1)
    clock.advance(1_000)
    master.miscarry('web', 2)
    assert.deepEqual(events.slice(2), ['backoff web/1 1000', 'backoff web/2 1000'])
  })

  test('comes with its figures', () => {
    const { master, supervisor } = supervised({ restart: FEW })
    const told: unknown[] = []
    supervisor.on('crashloop', (figures) => told.push(figures))
    master.vacate('web', 0)
    master.miscarry('web', 0)
    master.vacate('web', 1)
    const figures = { restarts: 3, withinMs: 10_000, startFailures: 1, runFailures: 2 }
    assert.deepEqual(told, [{ group: 'web', ...figures }])
  })

  test('is none if the deaths lie further apart, or belong to other groups', () => {
    const { master, clock, events } = supervised({ restart: FEW })
    for (let death = 0; death < 6; death++) {
      master.vacate('web', 0)
      master.vacate('admin', 0)
      clock.advance(5_000)
    }
    assert.deepEqual(
      events.filter((event) => event.startsWith('crashloop')),
      [],
    )
  })

  test('is none where all workers of a group die at once, and again, if nothing else is said', () => {
    const { master, clock, events } = supervised({ restart: AT_ONCE })
    master.slots = { web: 40, admin: 1 }
    const crashloops = () => events.filter((event) => event.startsWith('crashloop'))
    for (let time = 0; time < 3; time++) {
      for (let slot = 0; slot < 40; slot++) master.vacate('web', slot)
      clock.advance(1)
    }
    for (let death = 0; death < 10; death++) master.vacate('admin', 0)
    assert.deepEqual(crashloops(), [])
    master.vacate('admin', 0)
    master.vacate('web', 0)
    assert.deepEqual(crashloops(), ['crashloop admin 11', 'crashloop web 121'])
  })

  test('has all slots wait for the longest time, also those that wait already', () => {
    const { master, clock, events } = supervised({ restart: { ...FEW, minDelayMs: 100 } })
    master.miscarry('web', 0)
    master.miscarry('web', 1)
    clock.advance(50)
    master.miscarry('web', 2)
    assert.deepEqual(events.slice(2), [
      ...['crashloop web 3', 'backoff web/0 1000', 'backoff web/1 1000', 'backoff web/2 1000'],
    ])
    clock.advance(999)
    assert.deepEqual(master.fills, [])
    clock.advance(1)
    assert.deepEqual(master.fills, ['web/0', 'web/1', 'web/2'])
  })

  test('counts deaths for which a successor stood by, too, but none that was asked for', () => {
    const { master, events } = supervised({ restart: FEW })
    for (const asked of [true, true, true, false, false, false]) {
      const worker = master.serve('web', 0)
      master.serve('web', 0)
      master.exit(worker, { type: 'exited', code: 7, asked })
    }
    assert.deepEqual(events, ['crashloop web 3'])
  })

  test('is over when nobody has died for as long, and all slots are served', async () => {
    const { master, clock, events } = looping()
    clock.advance(1_000)
    // The worker is on its way; only then the time begins.
    clock.advance(20_000)
    master.serve('web', 2)
    await settled()
    clock.advance(9_999)
    assert.ok(!events.includes('stable web'))
    clock.advance(1)
    assert.equal(events.at(-1), 'stable web')
    assert.equal(clock.pending, 0)
    // Everything starts over.
    master.vacate('web', 2)
    assert.equal(events.at(-1), 'backoff web/2 0')
  })

  test('is not over while somebody still dies', () => {
    const { master, clock, events } = looping()
    for (let life = 0; life < 4; life++) {
      clock.advance(1_000)
      master.serve('web', 2)
      clock.advance(9_000)
      master.vacate('web', 2)
    }
    assert.deepEqual(
      events.filter((event) => !event.startsWith('backoff')),
      ['crashloop web 3'],
    )
  })

  test('is over after the slots that do not come up were taken away', async () => {
    const { master, clock, events } = looping()
    master.emit('scale', { group: 'web', from: 3, to: 2 })
    await settled()
    clock.advance(10_000)
    assert.equal(events.at(-1), 'stable web')
  })

  describe('in which one gives up', () => {
    const giveUp = () => looping({ onCrashLoop: 'giveUp' })

    test('leaves slots vacant, each with a word, also those that wait already', () => {
      const { master, clock, events } = supervised({
        restart: { ...FEW, minDelayMs: 100, onCrashLoop: 'giveUp' },
      })
      for (const slot of [0, 1, 2]) master.miscarry('web', slot)
      master.serve('web', 3)
      master.vacate('web', 3)
      clock.advance(100_000)
      assert.deepEqual(master.fills, [])
      assert.deepEqual(events.slice(2), [
        ...['crashloop web 3', 'giveup web/0', 'giveup web/1', 'giveup web/2', 'giveup web/3'],
      ])
    })

    test('leaves other groups alone', () => {
      const { master, events } = giveUp()
      master.vacate('admin', 0)
      assert.equal(events.at(-1), 'backoff admin/0 0')
    })

    test('goes on when it is told to, and is over when that lasts', async () => {
      const { master, clock, events, supervisor, fills } = giveUp()
      fills()
      supervisor.resume('web')
      clock.advance(0)
      assert.deepEqual(fills(), ['web/2'])
      master.serve('web', 2)
      await settled()
      clock.advance(10_000)
      assert.deepEqual(
        events.filter((event) => event !== 'respawn'),
        [...['crashloop web 3', 'giveup web/2', 'stable web']],
      )
    })

    test('begins again if that does not last', () => {
      const { master, clock, events, supervisor } = giveUp()
      supervisor.resume('web')
      clock.advance(0)
      for (let death = 0; death < 3; death++) {
        master.serve('web', 2)
        master.vacate('web', 2)
        clock.advance(0)
      }
      assert.deepEqual(events.slice(2), [
        ...['backoff web/2 0', 'backoff web/2 0', 'crashloop web 3', 'giveup web/2'],
      ])
    })

    for (const event of ['scale', 'reload'] as const) {
      test(`goes on after a ${event}`, () => {
        const { master, clock, fills } = giveUp()
        fills()
        master.emit(event, { group: 'web', from: 3, to: 4, workers: 3 })
        clock.advance(0)
        assert.deepEqual(fills(), ['web/2'])
      })
    }

    test('is over as well if somebody fills the slot by hand', async () => {
      const { master, clock, events } = giveUp()
      master.serve('web', 2)
      await settled()
      clock.advance(10_000)
      assert.equal(events.at(-1), 'stable web')
    })
  })
})
