import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Balance, type Seat } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperHandle, PaperWorker } from './paper-worker.js'

/** Workers that have so many connections open each. */
class Bench {
  readonly clock = new FakeClock()
  readonly balance = new Balance(this.clock)
  readonly workers: PaperWorker[]
  readonly seats: Seat[]

  constructor(...open: number[]) {
    this.workers = open.map((_, slot) => new PaperWorker(this.clock, slot))
    this.seats = this.workers.map((worker, slot) => Object.assign(worker.seat(), { open: open[slot] }))
    for (const seat of this.seats) this.balance.add(seat)
  }

  get news(): string[][] {
    return this.workers.map((worker) => worker.news())
  }

  giveBack(count = 1): PaperHandle[] {
    const connections = Array.from({ length: count }, () => new PaperHandle())
    for (const { handle } of connections) this.balance.returned(handle)
    return connections
  }
}

describe('the average', () => {
  test('is nothing to one worker alone, and told at once to both when a second comes', () => {
    const bench = new Bench(4)
    assert.deepEqual(bench.news, [[]])
    const second = new PaperWorker(bench.clock, 1)
    bench.balance.add(second.seat())
    assert.deepEqual([bench.news, second.news(), bench.clock.pending], [[['share 2']], ['share 2'], 0])
  })

  test('is told after a while, once for all changes', () => {
    const bench = new Bench(0, 0)
    assert.deepEqual(bench.news, [['share 0'], ['share 0']])
    bench.seats[0]!.open = 4
    bench.balance.counted()
    bench.clock.advance(49)
    bench.seats[1]!.open = 2
    bench.balance.counted()
    assert.deepEqual(bench.news, [[], []])
    bench.clock.advance(1)
    assert.deepEqual(bench.news, [['share 3'], ['share 3']])
    bench.clock.advance(1_000)
    assert.deepEqual([bench.news, bench.clock.pending], [[[], []], 0])
  })

  for (const [before, after, notable] of [
    [[2, 2, 2, 2], [3, 2, 2, 2], true],
    [[2, 2, 2, 2, 2], [3, 2, 2, 2, 2], false],
    [[320, 320], [330, 330], true],
    [[320, 320], [329, 330], false],
  ] as const) {
    test(`is ${notable ? '' : 'not '}told if ${before} become ${after}`, () => {
      const bench = new Bench(...before)
      void bench.news
      for (const [slot, open] of after.entries()) bench.seats[slot]!.open = open
      bench.balance.counted()
      bench.clock.advance(50)
      assert.equal(bench.news.flat().length, notable ? before.length : 0)
    })
  }

  test('is taken back from the last that is left', () => {
    const bench = new Bench(2, 4)
    void bench.news
    bench.balance.remove(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], []])
    bench.clock.advance(50)
    assert.deepEqual(bench.news, [[], ['share null']])
  })

  test('is taken back at once while too many wait, and told again with the next change', () => {
    const bench = new Bench(0, 0)
    void bench.news
    for (const seat of bench.seats) bench.balance.suspend(seat)
    bench.giveBack(63)
    assert.deepEqual(bench.news, [[], []])
    bench.giveBack()
    assert.deepEqual(bench.news, [['share null'], ['share null']])
    for (const seat of bench.seats) bench.balance.resume(seat)
    bench.balance.counted()
    bench.clock.advance(50)
    assert.deepEqual(bench.news, [['share 8'], ['share 8']])
  })
})

describe('a connection that is given back', () => {
  test('goes to whoever has the fewest', () => {
    const bench = new Bench(3, 1, 2)
    const [connection] = bench.giveBack()
    assert.deepEqual(
      bench.workers.map(({ offered }) => offered),
      [[], [1], []],
    )
    bench.workers[1]!.takeAll()
    assert.deepEqual([bench.seats[1]!.open, connection!.closed], [2, 1])
  })

  test('goes to nobody who is silent, and waits while all are', () => {
    const bench = new Bench(3, 1)
    bench.balance.suspend(bench.seats[1]!)
    bench.giveBack()
    bench.balance.suspend(bench.seats[0]!)
    bench.giveBack()
    const offered = () => bench.workers.map((worker) => worker.offered.length)
    assert.deepEqual(offered(), [1, 0])
    bench.balance.resume(bench.seats[1]!)
    assert.deepEqual(offered(), [1, 1])
  })

  test('and still waits for nobody is closed in the end, and no timer is left', () => {
    const bench = new Bench(0, 0)
    for (const worker of bench.workers) worker.writable = false
    const [connection] = bench.giveBack()
    bench.balance.counted()
    assert.equal(connection!.closed, 0)
    bench.balance.close()
    assert.deepEqual([connection!.closed, bench.clock.pending], [1, 0])
  })
})
