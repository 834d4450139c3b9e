import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Master } from '@manifold/groups'
import { type SuperviseOptions, supervise } from '@manifold/health'
import { PaperMaster, supervised } from './paper-master.js'

describe('a supervisor', () => {
  test('leaves the master alone once it is stopped, also twice, and sets no timer any more', async () => {
    const { clock, master, supervisor } = supervised({ restart: { policy: 'on-failure', maxRestarts: 0 } })
    master.exit(master.vacate('web', 0), { type: 'signaled', signal: 'SIGKILL', asked: false })
    master.vacate('web', 1)
    master.emit('silent', master.worker('web', 2), 1_250)
    master.emit('standbyVacant', { group: 'web', worker: master.worker('web', -1) })
    assert.ok(clock.pending >= 4)
    await Promise.all([supervisor.stop(), supervisor.stop()])
    master.vacate('web', 1)
    clock.advance(100_000)
    assert.deepEqual([master.fills, clock.pending, master.eventNames()], [[], 0, []])
  })

  test('has rules of their own for groups, which override the common ones key by key', () => {
    const { clock, master, events } = supervised({
      restart: { minDelayMs: 300, maxDelayMs: 400 },
      groups: {
        web: { restart: { minDelayMs: 50, maxDelayMs: undefined as never } },
        later: { heartbeat: false },
      },
    })
    for (const group of ['web', 'admin']) {
      for (let life = 0; life < 4; life++) {
        master.vacate(group, 0)
        clock.advance(1_000)
      }
    }
    assert.deepEqual(
      events.map((event) => event.split(' ')).filter(([name]) => name === 'backoff'),
      [
        ...['0', '50', '100', '200'].map((ms) => ['backoff', 'web/0', ms]),
        ...['0', '300', '400', '400'].map((ms) => ['backoff', 'admin/0', ms]),
      ],
    )
  })

  test('does not suffer from a listener that throws', (t) => {
    const thrown: (() => void)[] = []
    t.mock.method(process, 'nextTick', (callback: () => void) => thrown.push(callback))
    const { clock, master, supervisor } = supervised()
    supervisor.on('backoff', () => {
      throw new RangeError('mine')
    })
    master.vacate('web', 0)
    clock.advance(0)
    assert.deepEqual([master.fills, thrown.length], [['web/0'], 1])
    assert.throws(thrown[0]!, /mine/)
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
    [{ restart: { policy: 'sometimes' } }, 'restart.policy'],
    [{ restart: { on: 'failure' } }, 'restart.on'],
    [{ restart: { maxRestarts: 1.5 } }, 'restart.maxRestarts'],
    [{ restart: { withinMs: 0 } }, 'restart.withinMs'],
    [{ restart: { onCrashLoop: 'stop' } }, 'restart.onCrashLoop'],
    [{ restart: { dependants: 'store' } }, 'restart.dependants'],
    [{ heartbeat: true }, 'heartbeat'],
    [{ heartbeat: { intervalMs: 500 } }, 'heartbeat.intervalMs'],
    [{ heartbeat: { termAfterMs: -1 } }, 'heartbeat.termAfterMs'],
    [{ heartbeat: { termAfterMs: 3_200, killAfterMs: 3_699 } }, 'heartbeat.killAfterMs'],
    [{ groups: [] }, 'groups'],
    [{ groups: { web: 5 } }, 'groups.web'],
    [{ groups: { web: { groups: {} } } }, 'groups.web.groups'],
    [{ groups: { web: { restart: null } } }, 'groups.web.restart'],
    [{ groups: { web: { restart: { policy: 'sometimes' } } } }, 'groups.web.restart.policy'],
    [
      { restart: { maxDelayMs: 100 }, groups: { web: { restart: { minDelayMs: 200 } } } },
      'groups.web.restart.maxDelayMs',
    ],
    [{ groups: { web: { heartbeat: { killAfterMs: 1 } } } }, 'groups.web.heartbeat.killAfterMs'],
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
