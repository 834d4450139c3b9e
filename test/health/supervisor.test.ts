import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import type { Master, Vacancy, Worker } from '@manifold/groups'
import { type SuperviseOptions, supervise } from '@manifold/health'
import { FakeClock } from '../helpers/fake-clock.js'

/** A master as its supervisor sees it: events, a state, and slots that can be filled. */
class PaperMaster extends EventEmitter {
  state = 'running'
  readonly fills: string[] = []
  /** What becomes of the next fill. */
  outcome: () => Promise<unknown> = async () => ({})

  group(name: string) {
    return {
      fill: (slot: number) => {
        this.fills.push(`${name}/${slot}`)
        return this.outcome()
      },
    }
  }

  vacate(group: string, slot: number, uptimeMs = 0): void {
    const worker = { group, slot, uptimeMs } as Worker
    this.emit('vacant', { group, slot, worker } satisfies Vacancy)
  }
}

const RESTART = { minDelayMs: 100, maxDelayMs: 1_000, stableAfterMs: 5_000 }

function supervised(options: SuperviseOptions = { restart: RESTART }) {
  const clock = new FakeClock()
  clock.chance = 0
  const master = new PaperMaster()
  const supervisor = supervise(master as unknown as Master, options, clock)
  const events: string[] = []
  supervisor.on('backoff', ({ group, slot, delayMs }) => events.push(`backoff ${group}/${slot} ${delayMs}`))
  supervisor.on('respawn', () => events.push('respawn'))
  supervisor.on('failed', ({ group, slot, error }) => events.push(`failed ${group}/${slot} ${error.code}`))
  return { clock, master, supervisor, events }
}

/** What a promise of the supervisor's leads to happens a few turns later. */
const settled = () => new Promise(setImmediate)

describe('a supervisor', () => {
  test('fills a vacant slot after the delay, and says so', async () => {
    const { clock, master, events } = supervised()
    master.vacate('web', 1)
    assert.deepEqual(events, ['backoff web/1 100'])
    clock.advance(99)
    assert.deepEqual(master.fills, [])
    clock.advance(1)
    assert.deepEqual(master.fills, ['web/1'])
    await settled()
    assert.deepEqual(events, ['backoff web/1 100', 'respawn'])
    assert.equal(clock.pending, 0)
  })

  test('waits longer for each short life of one slot, and no longer for another', () => {
    const { clock, master, events } = supervised()
    for (let life = 0; life < 3; life++) {
      master.vacate('web', 0)
      clock.advance(1_000)
    }
    master.vacate('web', 1)
    master.vacate('admin', 0)
    assert.deepEqual(events, [
      'backoff web/0 100',
      'backoff web/0 200',
      'backoff web/0 400',
      'backoff web/1 100',
      'backoff admin/0 100',
    ])
  })

  test('starts over after a stable life', () => {
    const { clock, master, events } = supervised()
    for (const uptimeMs of [10, 10, 5_000]) {
      master.vacate('web', 0, uptimeMs)
      clock.advance(1_000)
    }
    assert.deepEqual(events, ['backoff web/0 100', 'backoff web/0 200', 'backoff web/0 100'])
  })

  test('fills a slot once, also if it is reported vacant twice', () => {
    const { clock, master } = supervised()
    master.vacate('web', 0)
    master.vacate('web', 0)
    clock.advance(10_000)
    assert.deepEqual(master.fills, ['web/0'])
  })

  test('reports a worker that does not come up, and tries again when its slot is vacant again', async () => {
    const { clock, master, events } = supervised()
    master.outcome = async () => {
      throw new ManifoldError('ERR_MANIFOLD_START', 'exit code 1')
    }
    master.vacate('web', 0)
    clock.advance(100)
    await settled()
    master.vacate('web', 0)
    assert.deepEqual(events, ['backoff web/0 100', 'failed web/0 ERR_MANIFOLD_START', 'backoff web/0 200'])
    master.outcome = async () => ({})
    clock.advance(200)
    await settled()
    assert.equal(events.at(-1), 'respawn')
  })

  test('leaves slots alone that are vacated while the master starts or stops', () => {
    const { clock, master, events } = supervised()
    for (const state of ['idle', 'starting', 'stopping', 'stopped']) {
      master.state = state
      master.vacate('web', 0)
    }
    clock.advance(10_000)
    assert.deepEqual([master.fills, events, clock.pending], [[], [], 0])
  })

  test('fills nothing if the master stops during the delay', () => {
    const { clock, master } = supervised()
    master.vacate('web', 0)
    master.state = 'stopping'
    clock.advance(10_000)
    assert.deepEqual(master.fills, [])
  })

  test('reports no failure of a worker that came too late because the master stops', async () => {
    const { clock, master, events } = supervised()
    master.outcome = async () => {
      master.state = 'stopping'
      throw new ManifoldError('ERR_MANIFOLD_STOPPED', 'the group is stopping')
    }
    master.vacate('web', 0)
    clock.advance(100)
    await settled()
    assert.deepEqual(events, ['backoff web/0 100'])
  })

  for (const [what, remove] of [
    [
      'a slot that is taken away',
      (master: PaperMaster) => master.emit('scale', { group: 'web', from: 3, to: 1 }),
    ],
    ['a group that is removed', (master: PaperMaster) => master.emit('groupRemoved', 'web')],
  ] as const) {
    test(`forgets ${what}`, () => {
      const { clock, master, events } = supervised()
      master.vacate('web', 2)
      master.vacate('admin', 2)
      remove(master)
      clock.advance(10_000)
      assert.deepEqual(master.fills, ['admin/2'])
      master.vacate('web', 2)
      assert.equal(events.at(-1), 'backoff web/2 100', 'it starts over')
    })
  }

  for (const code of ['ERR_MANIFOLD_STATE', 'ERR_MANIFOLD_STOPPED', 'ERR_MANIFOLD_OPTION'] as const) {
    test(`reports no failure if the slot is not to be filled any more: ${code}`, async () => {
      const { clock, master, events } = supervised()
      master.outcome = async () => {
        throw new ManifoldError(code, 'gone')
      }
      master.vacate('web', 0)
      clock.advance(100)
      await settled()
      assert.deepEqual([master.fills, events], [['web/0'], ['backoff web/0 100']])
    })
  }

  test('leaves the master alone once it is stopped, also twice, and sets no timer any more', () => {
    const { clock, master, supervisor } = supervised()
    master.vacate('web', 0)
    supervisor.stop()
    supervisor.stop()
    master.vacate('web', 1)
    clock.advance(10_000)
    assert.deepEqual([master.fills, clock.pending, master.eventNames()], [[], 0, []])
  })

  test('waits a tenth of a second at first if nothing else is said', () => {
    const { master, events } = supervised({})
    master.vacate('web', 0)
    assert.deepEqual(events, ['backoff web/0 100'])
  })
})

describe('a supervisor refuses, naming the option:', () => {
  const wrong: readonly [options: unknown, option: string][] = [
    [null, 'options'],
    [[], 'options'],
    [{ restarts: {} }, 'options.restarts'],
    [{ restart: 5 }, 'restart'],
    [{ restart: { minDelay: 5 } }, 'restart.minDelay'],
    [{ restart: { minDelayMs: -1 } }, 'restart.minDelayMs'],
    [{ restart: { minDelayMs: '1s' } }, 'restart.minDelayMs'],
    [{ restart: { minDelayMs: 100, maxDelayMs: 99 } }, 'restart.maxDelayMs'],
    [{ restart: { maxDelayMs: Number.POSITIVE_INFINITY } }, 'restart.maxDelayMs'],
    [{ restart: { stableAfterMs: Number.NaN } }, 'restart.stableAfterMs'],
  ]
  for (const [options, option] of wrong) {
    test(`${option} of ${JSON.stringify(options)}`, () => {
      const master = new PaperMaster()
      assert.throws(() => supervise(master as unknown as Master, options as SuperviseOptions), {
        code: 'ERR_MANIFOLD_OPTION',
        option,
      })
      assert.deepEqual(master.eventNames(), [])
    })
  }
})
