import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Handoff, LEASE_MS, type StreamHandle } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

const connection = { close() {} } as unknown as StreamHandle
const nothing = () => {}

/** A handoff whose offers the test answers; and whether a wait for all answers is over. */
class Bench {
  readonly clock = new FakeClock()
  readonly arrivals: ((arrived: boolean) => void)[] = []
  readonly handoff = new Handoff(
    (_offer, _connection, arrived) => this.arrivals.push(arrived),
    this.clock,
    nothing,
  )
  over = 0

  offer(settled: () => void = nothing): void {
    this.handoff.offer(1, connection, settled)
  }

  wait(): void {
    void this.handoff.answered().then(() => this.over++)
  }
}

describe('the wait for all answers', () => {
  test('is over at once where nothing is asked', async () => {
    const bench = new Bench()
    bench.wait()
    await setImmediate()
    assert.equal(bench.over, 1)
  })

  test('ends for all that wait, with the last answer, whatever that is', async () => {
    const bench = new Bench()
    for (let n = 0; n < 3; n++) bench.offer()
    bench.wait()
    bench.wait()
    bench.arrivals[0]!(true)
    bench.handoff.refused(2)
    await setImmediate()
    assert.equal(bench.over, 0)
    bench.arrivals[2]!(false)
    await setImmediate()
    assert.equal(bench.over, 2)
  })

  test('goes on if something new is offered within the last answer, or right after it', async () => {
    const bench = new Bench()
    bench.offer(() => bench.offer())
    bench.wait()
    bench.arrivals[0]!(true)
    await setImmediate()
    assert.equal(bench.over, 0)
    bench.arrivals[1]!(true)
    bench.offer()
    await setImmediate()
    assert.equal(bench.over, 0)
    bench.arrivals[2]!(true)
    await setImmediate()
    assert.equal(bench.over, 1)
  })

  test('is bounded by the lease, and by the worker’s end', async () => {
    const bench = new Bench()
    bench.offer()
    bench.wait()
    bench.clock.advance(2 * LEASE_MS)
    await setImmediate()
    assert.equal(bench.over, 1)
    bench.offer()
    bench.wait()
    bench.handoff.close()
    await setImmediate()
    assert.equal(bench.over, 2)
  })
})
