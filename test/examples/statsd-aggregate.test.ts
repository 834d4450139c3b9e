import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Aggregate, type Limits, type Snapshot } from '@manifold-examples/telemetry/statsd/aggregate'
import { parseLine } from '@manifold-examples/telemetry/statsd/parse'

const NOTHING: Snapshot = { counters: [], gauges: [], timers: [], sets: [], malformed: [], dropped: 0 }

function aggregated(lines: string[], limits?: Partial<Limits>): Aggregate {
  const aggregate = new Aggregate(limits, () => 0)
  feed(aggregate, lines)
  return aggregate
}

function feed(aggregate: Aggregate, lines: string[]): void {
  for (const line of lines) {
    const parsed = parseLine(line)
    if (parsed.ok) aggregate.add(parsed.sample)
    else aggregate.addMalformed(parsed.reason)
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

describe('an aggregate of StatsD samples', () => {
  it('has nothing to say when nothing came', () => {
    assert.deepEqual(new Aggregate().flush(), NOTHING)
  })

  it('adds up counters, sampled ones by their rate, in the order of their names', () => {
    const { counters } = aggregated(['b:1|c', 'a:1|c', 'a:2|c|@0.1', 'b:-3|c']).flush()
    assert.deepEqual(counters, [
      { name: 'a', value: 21 },
      { name: 'b', value: -2 },
    ])
  })

  it('sets gauges and changes them by signed values, also before the first one is set', () => {
    const { gauges } = aggregated(['a:20|g', 'a:+5|g', 'a:-3|g', 'b:-4|g']).flush()
    assert.deepEqual(gauges, [
      { name: 'a', value: 22 },
      { name: 'b', value: -4 },
    ])
  })

  it('remembers the value of a gauge across flushes, but reports only those that changed', () => {
    const aggregate = aggregated(['a:20|g', 'b:1|g'])
    aggregate.flush()
    feed(aggregate, ['a:+1|g'])
    assert.deepEqual(aggregate.flush(), { ...NOTHING, gauges: [{ name: 'a', value: 21 }] })
    assert.deepEqual(aggregate.flush(), NOTHING)
  })

  it('summarizes timers', () => {
    const { timers } = aggregated(
      range(1, 100)
        .reverse()
        .map((ms) => `took:${ms}|ms`),
    ).flush()
    assert.deepEqual(timers, [
      { name: 'took', count: 100, sum: 5050, min: 1, max: 100, mean: 50.5, p50: 50, p95: 95, p99: 99 },
    ])
  })

  it('counts a sampled timer as often as it stands for, in its percentiles too', () => {
    const { timers } = aggregated(['took:10|ms|@0.1', 'took:200|ms']).flush()
    assert.deepEqual(timers, [
      { name: 'took', count: 11, sum: 300, min: 10, max: 200, mean: 300 / 11, p50: 10, p95: 200, p99: 200 },
    ])
  })

  it('takes percentiles of a timer whose weights do not add up exactly', () => {
    const { timers } = aggregated(range(1, 10).map((ms) => `took:${ms}|ms|@0.3`)).flush()
    assert.equal(timers[0]?.p50, 5)
  })

  it('puts histograms and timers of one name together', () => {
    const { timers } = aggregated(['a:1|ms', 'a:3|h']).flush()
    assert.equal(timers.length, 1)
    assert.equal(timers[0]?.mean, 2)
  })

  it('counts the different members of a set', () => {
    const { sets } = aggregated(['users:a|s', 'users:b|s', 'users:a|s']).flush()
    assert.deepEqual(sets, [{ name: 'users', members: ['a', 'b'] }])
  })

  it('keeps metrics of one name but of different kinds apart', () => {
    const { counters, gauges, timers, sets } = aggregated(['a:1|c', 'a:2|g', 'a:3|ms', 'a:4|s']).flush()
    assert.deepEqual([counters.length, gauges.length, timers.length, sets.length], [1, 1, 1, 1])
  })

  it('has no trouble with the names of the language', () => {
    const { counters } = aggregated(['__proto__:1|c', 'constructor:2|c']).flush()
    assert.deepEqual(
      counters.map(({ name, value }) => [name, value]),
      [
        ['__proto__', 1],
        ['constructor', 2],
      ],
    )
  })

  it('counts malformed lines by their reason', () => {
    const { malformed } = aggregated(['nonsense', 'a:1|q', 'b:2|q']).flush()
    assert.deepEqual(malformed, [
      { reason: 'no value', count: 1 },
      { reason: 'unknown type', count: 2 },
    ])
  })

  it('begins anew after a flush', () => {
    const aggregate = aggregated(['a:1|c', 'a:1|ms', 'a:1|s', 'nonsense', 'b:1|c'], { names: 1 })
    assert.equal(aggregate.flush().dropped, 1)
    assert.deepEqual(aggregate.flush(), NOTHING)
    feed(aggregate, ['b:1|c'])
    assert.deepEqual(aggregate.flush(), { ...NOTHING, counters: [{ name: 'b', value: 1 }] })
  })

  describe('at its limits', () => {
    it('drops new names of a kind, counts them, and goes on with the known ones', () => {
      const snapshot = aggregated(['a:1|c', 'b:1|c', 'c:1|c', 'a:1|c', 'c:1|g'], { names: 2 }).flush()
      assert.deepEqual(snapshot.counters, [
        { name: 'a', value: 2 },
        { name: 'b', value: 1 },
      ])
      assert.deepEqual(snapshot.gauges, [{ name: 'c', value: 1 }])
      assert.equal(snapshot.dropped, 1)
    })

    it('keeps a timer exact but for its percentiles', () => {
      const lines = range(1, 1_000).map((ms) => `took:${ms}|ms`)
      const { timers, dropped } = aggregated(lines, { timerValues: 10 }).flush()
      const { count, sum, min, max, p50 } = timers[0]!
      assert.deepEqual({ count, sum, min, max }, { count: 1_000, sum: 500_500, min: 1, max: 1_000 })
      assert.ok(p50 >= min && p50 <= max)
      assert.equal(dropped, 0)
    })

    it('takes no more members than all sets together may have', () => {
      const lines = ['a:1|s', 'a:2|s', 'b:1|s', 'b:2|s', 'c:1|s', 'a:1|s']
      const { sets, dropped } = aggregated(lines, { setMembers: 3 }).flush()
      assert.deepEqual(sets, [
        { name: 'a', members: ['1', '2'] },
        { name: 'b', members: ['1'] },
      ])
      assert.equal(dropped, 2)
    })
  })
})
