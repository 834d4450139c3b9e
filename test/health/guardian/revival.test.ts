import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type parseGuard, Revival } from '@manifold/health/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

type RestartConfig = ReturnType<typeof parseGuard>['restart']

const RESTART: RestartConfig = {
  ...({ policy: 'always', minDelayMs: 100, maxDelayMs: 1_000, stableAfterMs: 10_000 } as const),
  ...({ maxRestarts: 3, withinMs: 60_000, onCrashLoop: 'retry' } as const),
}

/** @param outcomes whether each new master settles. */
function reviving(restart: Partial<RestartConfig> = {}, outcomes: boolean[] = []) {
  const clock = new FakeClock()
  clock.chance = 0
  const events: string[] = []
  const revival = new Revival({ ...RESTART, ...restart }, clock, {
    backoff: (delayMs) => events.push(`backoff ${delayMs}`),
    crashloop: (restarts) => events.push(`crashloop ${restarts}`),
    gaveUp: (restarts) => events.push(`gaveUp ${restarts}`),
    async start() {
      events.push('start')
      return outcomes.shift() ?? true
    },
  })
  const pass = async (ms: number) => {
    clock.advance(ms)
    await new Promise(setImmediate)
  }
  return { revival, clock, events, pass }
}

describe('a master that has died', () => {
  test('is followed by another at once', async () => {
    const { revival, events, pass } = reviving()
    revival.died(0)
    await pass(0)
    assert.deepEqual(events, ['start'])
  })

  test('is followed later and later while they die young, and at once after a stable life', async () => {
    const { revival, events, pass } = reviving()
    revival.died(5)
    await pass(0)
    revival.died(5)
    await pass(99)
    assert.deepEqual(events, ['start', 'backoff 100'])
    await pass(1)
    revival.died(20_000)
    await pass(0)
    assert.deepEqual(events, ['start', 'backoff 100', 'start', 'start'])
  })

  test('is followed by one more if that does not settle', async () => {
    const { revival, events, pass } = reviving({}, [false, false, true])
    revival.died(20_000)
    for (const ms of [0, 100, 200, 10_000]) await pass(ms)
    assert.deepEqual(events, ['start', 'backoff 100', 'start', 'backoff 200', 'start'])
  })
})

describe('masters that die one after another', () => {
  test('are a crash loop, told once, and tried after the longest delay', async () => {
    const { revival, events, pass } = reviving()
    for (let death = 0; death < 4; death++) {
      revival.died(20_000)
      if (death < 3) await pass(0)
    }
    assert.deepEqual(events, ['start', 'start', 'start', 'crashloop 4', 'backoff 1000'])
    await pass(1_000)
    revival.died(20_000)
    assert.deepEqual(events.slice(5), ['start', 'backoff 1000'])
  })

  test('are given up if that is wanted, until somebody asks', async () => {
    const { revival, events, pass, clock } = reviving({ onCrashLoop: 'giveUp', maxRestarts: 0 })
    revival.died(20_000)
    await pass(100_000)
    assert.deepEqual(events, ['crashloop 1', 'gaveUp 1'])
    assert.ok(revival.gaveUp)
    assert.equal(clock.pending, 0)
    revival.cancel()
    assert.ok(!revival.gaveUp)
  })

  test('no longer count after a new release', async () => {
    const { revival, events, pass } = reviving({ onCrashLoop: 'giveUp', maxRestarts: 1 })
    revival.died(20_000)
    await pass(0)
    revival.forget()
    revival.died(20_000)
    await pass(0)
    assert.deepEqual(events, ['start', 'start'])
  })
})

test('a restart is called off', async () => {
  const { revival, events, pass, clock } = reviving({}, [false])
  revival.died(5)
  await pass(0)
  revival.cancel()
  await pass(100_000)
  assert.deepEqual(events, ['start', 'backoff 100'])
  assert.equal(clock.pending, 0)
})
