import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Aggregate } from '@manifold-examples/telemetry/statsd/aggregate'
import { parseLine } from '@manifold-examples/telemetry/statsd/parse'
import type { Batch } from '@manifold-examples/telemetry/store/messages'
import { Totals } from '@manifold-examples/telemetry/store/totals'

function batch(source: number, sequence: number, ...lines: string[]): Batch {
  const aggregate = new Aggregate()
  for (const line of lines) {
    const parsed = parseLine(line)
    assert.ok(parsed.ok)
    aggregate.add(parsed.sample)
  }
  return { source, sequence, snapshot: aggregate.flush() }
}

describe('the totals of the telemetry store', () => {
  it('add up what the intervals of several workers have counted', () => {
    const totals = new Totals()
    totals.add(batch(1, 1, 'hits:1|c', 'depth:5|g', 'took:10|ms', 'users:a|s', 'users:b|s'))
    totals.add(batch(2, 1, 'hits:2|c', 'took:1|ms', 'took:4|ms', 'users:b|s', 'users:c|s'))
    totals.add(batch(1, 2, 'hits:4|c', 'depth:3|g', 'clicks:1|c'))
    assert.deepEqual(totals.query(), {
      counters: [
        { name: 'clicks', value: 1 },
        { name: 'hits', value: 7 },
      ],
      gauges: [{ name: 'depth', value: 3 }],
      timers: [{ name: 'took', count: 3, sum: 15, min: 1, max: 10, mean: 5 }],
      sets: [{ name: 'users', size: 3 }],
      dropped: 0,
    })
  })

  it('take a batch that comes again only once, whatever other workers sent in between', () => {
    const totals = new Totals()
    totals.add(batch(1, 1, 'hits:1|c'))
    totals.add(batch(2, 1, 'hits:10|c'))
    totals.add(batch(1, 1, 'hits:1|c'))
    totals.add(batch(1, 2, 'hits:100|c'))
    totals.add(batch(1, 1, 'hits:1|c'))
    assert.deepEqual(totals.query().counters, [{ name: 'hits', value: 111 }])
  })

  it('tell of one name alone, of any kind, and nothing of one that never came', () => {
    const totals = new Totals()
    totals.add(batch(1, 1, 'a:1|c', 'a:2|g', 'b:3|c', '__proto__:4|c'))
    const { counters, gauges } = totals.query({ name: 'a' })
    assert.deepEqual([counters, gauges], [[{ name: 'a', value: 1 }], [{ name: 'a', value: 2 }]])
    assert.deepEqual(totals.query({ name: '__proto__' }).counters, [{ name: '__proto__', value: 4 }])
    assert.deepEqual(totals.query({ name: 'never' }).counters, [])
  })

  it('remember no more names and members than they may, and count the rest', () => {
    const totals = new Totals({ names: 2, setMembers: 3 })
    totals.add(batch(1, 1, 'a:1|c', 'b:1|c', 'c:1|c', 'x:1|s', 'x:2|s', 'y:1|s', 'y:2|s'))
    totals.add(batch(1, 2, 'a:1|c', 'c:1|c', 'x:1|s'))
    const { counters, sets, dropped } = totals.query()
    assert.deepEqual(counters, [
      { name: 'a', value: 2 },
      { name: 'b', value: 1 },
    ])
    assert.deepEqual(sets, [
      { name: 'x', size: 2 },
      { name: 'y', size: 1 },
    ])
    assert.equal(dropped, 3)
  })
})
