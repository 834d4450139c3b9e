import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PaperMaster, supervised } from '../paper-master.js'

const RESTART = { minDelayMs: 100, maxDelayMs: 1_000, stableAfterMs: 5_000 }

/** One that stood by for so long, or did not come so far. */
function lose(master: PaperMaster, pass?: () => void): void {
  const worker = master.worker('web', -1, { wasReady: false })
  if (pass) {
    master.emit('standby', worker)
    pass()
  }
  master.emit('standbyVacant', { group: 'web', worker })
}

describe('a worker that stood by', () => {
  test('is replaced at once, and later if the next ones do not come so far', () => {
    const { master, clock } = supervised({ restart: RESTART })
    const waits: number[] = []
    const wait = () => {
      const { replenished } = master
      const from = clock.now()
      for (let ms = 0; master.replenished === replenished && ms < 10_000; ms++) clock.advance(1)
      waits.push(clock.now() - from - 1)
    }
    lose(master, () => {})
    wait()
    for (let time = 0; time < 3; time++) {
      lose(master)
      wait()
    }
    lose(master, () => clock.advance(5_000))
    wait()
    assert.deepEqual(waits, [0, 99, 199, 399, 0])
  })

  test('is replaced together with others', () => {
    const { master, clock } = supervised({ restart: RESTART })
    for (let time = 0; time < 3; time++) lose(master)
    clock.advance(10_000)
    assert.deepEqual([master.replenished, clock.pending], [1, 0])
  })

  test('is not replaced while its group is in a crash loop', () => {
    const { master, clock, supervisor } = supervised({
      restart: { ...RESTART, maxRestarts: 0, onCrashLoop: 'giveUp' },
    })
    master.vacate('web', 0)
    lose(master, () => {})
    clock.advance(10_000)
    assert.equal(master.replenished, 0)
    supervisor.resume('web')
    clock.advance(1_000)
    assert.equal(master.replenished, 1)
  })

  test('is not replaced if its group is removed, nor as the master stops', () => {
    const { master, clock } = supervised({ restart: RESTART })
    lose(master)
    master.emit('groupRemoved', 'web')
    lose(master)
    master.state = 'stopping'
    lose(master)
    clock.advance(10_000)
    assert.deepEqual([master.replenished, clock.pending], [0, 0])
  })
})
