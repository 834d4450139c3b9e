import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Handoff,
  type HandoffOutcome,
  LEASE_MS,
  type SendOffer,
  type StreamHandle,
} from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

type Offer = { readonly message: Parameters<SendOffer>[0]; readonly arrived: Parameters<SendOffer>[2] }

/** A handoff to a worker that exists on paper: the test says what becomes of each offer. */
class Bench {
  readonly clock = new FakeClock()
  readonly sent: Offer[] = []
  readonly outcomes: string[] = []
  breaches = 0
  heard = 0
  refuseToSend = false
  readonly handoff = new Handoff(
    (message, _connection, arrived) => {
      if (this.refuseToSend) throw new Error('the channel is full')
      this.sent.push({ message, arrived })
    },
    this.clock,
    () => this.breaches++,
    undefined,
    () => this.heard,
  )

  /** Offers a connection; what becomes of it is noted as `name: outcome`. */
  offer(name: string, then?: (outcome: HandoffOutcome) => void): Connection {
    const connection = new Connection()
    this.handoff.offer(7, connection as unknown as StreamHandle, (outcome) => {
      this.outcomes.push(`${name}: ${outcome}`)
      then?.(outcome)
    })
    return connection
  }

  /** Node says of that offer, or the last one, that the connection has arrived. */
  arrive(at = this.sent.length - 1): void {
    this.sent[at]?.arrived(true)
  }

  /** The number under which the last offer was sent. */
  get last(): number {
    return this.sent.at(-1)!.message.offer
  }
}

class Connection {
  closed = 0

  close(): void {
    this.closed++
  }
}

/** The worker may take the connection until the lease ends; its word may be on its way a little longer. */
const MARGIN_MS = 250

describe('an offered connection', () => {
  test('names the listener, a number of its own and its deadline, and waits', () => {
    const bench = new Bench()
    bench.clock.advance(40)
    const connection = bench.offer('a')
    bench.offer('b')
    const [first, second] = bench.sent.map(({ message }) => message)
    assert.deepEqual([first?.listener, first?.deadline], [7, 40 + LEASE_MS])
    assert.notEqual(first?.offer, second?.offer)
    assert.deepEqual([bench.outcomes, connection.closed, bench.handoff.unanswered], [[], 0, 2])
  })

  test('that is taken is the worker’s: our copy is closed', () => {
    const bench = new Bench()
    const connection = bench.offer('a')
    assert.deepEqual([bench.outcomes, connection.closed], [[], 0])
    bench.arrive()
    assert.deepEqual([bench.outcomes, connection.closed], [['a: accepted'], 1])
    assert.equal(bench.handoff.unanswered, 0)
  })

  test('that is refused comes back open, whatever Node says of it then', () => {
    const bench = new Bench()
    const connection = bench.offer('a')
    bench.handoff.refused(bench.last)
    bench.arrive()
    assert.deepEqual([bench.outcomes, connection.closed], [['a: refused'], 0])
  })

  test('is awaited for as long as each turn brings something from the worker', () => {
    const bench = new Bench()
    bench.offer('a')
    // The master was held up; each turn reads one message, and the word on this offer comes with the third.
    const { afterReading } = bench.clock
    let turns = 0
    bench.clock.afterReading = (callback) => {
      turns++
      bench.heard++
      if (turns === 3) bench.arrive()
      return afterReading.call(bench.clock, callback)
    }
    bench.clock.advance(10 * LEASE_MS)
    assert.deepEqual([bench.outcomes, bench.breaches], [['a: accepted'], 0])
  })

  test('that is refused only as it came too late says so, and the next may take longer', () => {
    const bench = new Bench()
    bench.offer('a')
    bench.handoff.refused(bench.last, true)
    bench.arrive()
    bench.offer('b')
    const { deadline } = bench.sent[1]!.message
    assert.deepEqual([bench.outcomes, deadline - bench.clock.now()], [['a: late'], 2 * LEASE_MS])
    assert.equal(bench.handoff.stalled, false)
  })

  test('that did not arrive comes back open', () => {
    const bench = new Bench()
    const connection = bench.offer('a')
    bench.sent[0]?.arrived(false)
    assert.deepEqual([bench.outcomes, connection.closed], [['a: lost'], 0])
  })

  test('that cannot be sent comes back at once', () => {
    const bench = new Bench()
    bench.refuseToSend = true
    const connection = bench.offer('a')
    assert.deepEqual([bench.outcomes, connection.closed], [['a: lost'], 0])
    assert.deepEqual([bench.handoff.unanswered, bench.clock.pending], [0, 0])
  })

  test('comes back when the worker dies, in the order of the offers', () => {
    const bench = new Bench()
    const connections = ['a', 'b', 'c'].map((name) => bench.offer(name))
    bench.arrive(1)
    bench.handoff.close()
    assert.deepEqual(bench.outcomes, ['b: accepted', 'a: lost', 'c: lost'])
    assert.deepEqual(
      connections.map(({ closed }) => closed),
      [0, 1, 0],
    )
    assert.equal(bench.clock.pending, 0)
  })

  test('is settled once, whatever is said of it later', () => {
    const bench = new Bench()
    const connection = bench.offer('a')
    bench.handoff.refused(bench.last)
    bench.handoff.refused(bench.last)
    bench.sent[0]?.arrived(false)
    bench.handoff.close()
    bench.clock.advance(LEASE_MS + MARGIN_MS)
    assert.deepEqual([bench.outcomes, connection.closed, bench.breaches], [['a: refused'], 0, 0])
  })
})

describe('the lease', () => {
  test('ends only after the word of a worker that took the connection at the last moment could be here', () => {
    const bench = new Bench()
    bench.offer('a')
    bench.clock.advance(LEASE_MS + MARGIN_MS - 1)
    assert.deepEqual([bench.outcomes, bench.handoff.stalled], [[], false])
    bench.clock.advance(1)
    assert.deepEqual([bench.outcomes, bench.handoff.stalled], [['a: lost'], true])
  })

  test('is kept by a worker whose word comes between the deadline and the end', () => {
    const bench = new Bench()
    bench.offer('a')
    bench.clock.advance(LEASE_MS + MARGIN_MS - 1)
    bench.arrive()
    assert.deepEqual([bench.outcomes, bench.breaches], [['a: accepted'], 0])
  })

  test('is broken by a worker that takes the connection after it has gone to somebody else', () => {
    const bench = new Bench()
    const connection = bench.offer('a')
    bench.clock.advance(LEASE_MS + MARGIN_MS)
    bench.arrive()
    assert.deepEqual([bench.outcomes, bench.breaches, connection.closed], [['a: lost'], 1, 0])
  })

  test('is not broken by a worker that gives the connection back late', () => {
    const bench = new Bench()
    bench.offer('a')
    bench.clock.advance(LEASE_MS + MARGIN_MS)
    bench.handoff.refused(bench.last)
    bench.arrive()
    assert.deepEqual([bench.outcomes, bench.breaches, bench.handoff.stalled], [['a: lost'], 0, false])
  })

  test('runs out for each offer in its turn, with one timer for all', () => {
    const bench = new Bench()
    for (const name of ['a', 'b', 'c']) {
      bench.offer(name)
      assert.equal(bench.clock.pending, 1)
      bench.clock.advance(100)
    }
    bench.clock.advance(LEASE_MS + MARGIN_MS - 300)
    assert.deepEqual(bench.outcomes, ['a: lost'])
    bench.clock.advance(99)
    assert.deepEqual(bench.outcomes, ['a: lost'])
    bench.clock.advance(1)
    assert.deepEqual(bench.outcomes, ['a: lost', 'b: lost'])
    bench.clock.advance(100)
    assert.deepEqual(bench.outcomes, ['a: lost', 'b: lost', 'c: lost'])
    assert.equal(bench.clock.pending, 0)
  })

  test('of a later offer is watched although the first was answered', () => {
    const bench = new Bench()
    bench.offer('a')
    bench.clock.advance(LEASE_MS)
    bench.handoff.refused(bench.last)
    bench.offer('b')
    bench.clock.advance(LEASE_MS + MARGIN_MS - 1)
    assert.deepEqual(bench.outcomes, ['a: refused'])
    bench.clock.advance(1)
    assert.deepEqual(bench.outcomes, ['a: refused', 'b: lost'])
  })

  test('leaves no timer behind when everything was answered', () => {
    const bench = new Bench()
    bench.offer('a')
    bench.arrive()
    bench.clock.advance(LEASE_MS + MARGIN_MS)
    assert.equal(bench.clock.pending, 0)
  })

  for (const [word, say] of [
    ['refuses something', (bench: Bench) => bench.handoff.refused(bench.last)],
    ['could not receive something', (bench: Bench) => bench.sent[0]?.arrived(false)],
  ] as const) {
    test(`that ran out stalls the worker until it ${word}`, () => {
      const bench = new Bench()
      bench.offer('a')
      bench.offer('b')
      bench.clock.advance(LEASE_MS + MARGIN_MS)
      assert.equal(bench.handoff.stalled, true)
      say(bench)
      assert.equal(bench.handoff.stalled, false)
      assert.deepEqual([bench.outcomes, bench.breaches], [['a: lost', 'b: lost'], 0])
    })
  }

  test('may be followed by a new offer from within the news that it ran out', () => {
    const bench = new Bench()
    bench.offer('a', (outcome) => {
      if (outcome === 'lost') bench.offer('again')
    })
    bench.clock.advance(LEASE_MS + MARGIN_MS)
    assert.deepEqual([bench.outcomes, bench.handoff.unanswered], [['a: lost'], 1])
    bench.clock.advance(LEASE_MS + MARGIN_MS)
    assert.deepEqual(bench.outcomes, ['a: lost', 'again: lost'])
  })
})
