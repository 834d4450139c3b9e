import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Vitals } from '@manifold/groups'
import { Growth, Limits, parseRecycle } from '@manifold/health/internal'

const MB = 1_000_000

function vitals(given: Partial<Vitals> = {}): Vitals {
  return {
    rssBytes: 50 * MB,
    heapUsedBytes: 10 * MB,
    heapLimitBytes: 100 * MB,
    requests: 0,
    ...given,
  } as Vitals
}

function limitsOf(options: object, chance = 0): Limits {
  return new Limits(parseRecycle('recycle', options)!, () => chance)
}

describe('the limits of a worker', () => {
  test('without options there are none but that of the heap', () => {
    const limits = limitsOf({})
    const large = vitals({ rssBytes: 1e12, requests: 1e12 })
    for (let n = 0; n < 10; n++) assert.equal(limits.judge(large, 1e12), undefined)
    assert.equal(limits.ageMs, undefined)
  })

  test('a heap that stays near its limit is too much after three beats, and not before', () => {
    const limits = limitsOf({}, 0.99)
    const full = vitals({ heapUsedBytes: 75 * MB })
    const outcomes = [full, full, vitals(), full, full, full].map((beat) => limits.judge(beat, 0)?.cause)
    assert.deepEqual(outcomes, [undefined, undefined, undefined, undefined, undefined, 'heap'])
    assert.equal(limits.judge(vitals({ heapUsedBytes: 75 * MB - 1 }), 0), undefined)
  })

  test('a heap limit of its own replaces that of V8', () => {
    const limits = limitsOf({ maxHeapBytes: 20 * MB })
    const used = vitals({ heapUsedBytes: 20 * MB })
    limits.judge(used, 0)
    limits.judge(used, 0)
    assert.deepEqual(limits.judge(used, 0), { cause: 'heap', value: 20 * MB, limit: 20 * MB })
    const roomy = limitsOf({ maxHeapBytes: 1_000 * MB })
    for (let n = 0; n < 5; n++) assert.equal(roomy.judge(vitals({ heapUsedBytes: 99 * MB }), 0), undefined)
  })

  test('a burst of resident memory is forgiven', () => {
    const limits = limitsOf({ maxRssBytes: 60 * MB })
    const large = vitals({ rssBytes: 61 * MB })
    for (const beat of [large, large, vitals(), large, large]) assert.equal(limits.judge(beat, 0), undefined)
    assert.deepEqual(limits.judge(large, 0), { cause: 'rss', value: 61 * MB, limit: 60 * MB })
  })

  test('requests and age count at once', () => {
    const limits = limitsOf({ maxRequests: 100, maxAgeMs: 1_000 })
    assert.equal(limits.judge(vitals({ requests: 99 }), 999), undefined)
    assert.equal(limits.judge(vitals({ requests: 100 }), 999)?.cause, 'requests')
    assert.deepEqual(limits.judge(vitals(), 1_000), { cause: 'age', value: 1_000, limit: 1_000 })
    assert.deepEqual(limits.judgeAge(1_500), { cause: 'age', value: 1_500, limit: 1_000 })
    assert.equal(limits.judgeAge(999), undefined)
  })

  test('of several breaches the worst is told', () => {
    const limits = limitsOf({ maxRequests: 100, maxAgeMs: 1_000 })
    assert.equal(limits.judge(vitals({ requests: 150 }), 1_200)?.cause, 'requests')
    assert.equal(limits.judge(vitals({ requests: 150 }), 2_000)?.cause, 'age')
  })

  test('are lower by a part that is drawn once', () => {
    let draws = 0
    const config = parseRecycle('recycle', { maxRequests: 1_000, maxAgeMs: 10_000, jitter: 0.5 })!
    const limits = new Limits(config, () => {
      draws++
      return 0.5
    })
    assert.equal(limits.ageMs, 7_500)
    assert.equal(limits.judge(vitals({ requests: 749 }), 0), undefined)
    assert.equal(limits.judge(vitals({ requests: 750 }), 0)?.limit, 750)
    assert.equal(draws, 1)
  })
})

describe('growth', () => {
  const grownAfter = (...beats: readonly [rss: number, ageMs: number][]) => {
    const growth = new Growth()
    for (const [rss, ageMs] of beats) growth.take(rss, ageMs)
    return growth.hasGrown
  }
  const first = [
    [30, 0],
    [40, 500],
    [50, 1_000],
  ] as const

  test('in the first minute, it is to be twice what it was after the first beats', () => {
    assert.equal(grownAfter(), false)
    assert.equal(grownAfter(...first.map(([rss, age]) => [rss, age] as [number, number])), false)
    assert.equal(grownAfter([30, 0], [40, 500], [50, 1_000], [100, 1_500]), false)
    assert.equal(grownAfter([30, 0], [40, 500], [50, 1_000], [101, 1_500]), true)
  })

  test('later, a quarter more than it was after a minute', () => {
    const warm = [
      [30, 0],
      [40, 500],
      [50, 1_000],
      [200, 60_000],
    ] as [number, number][]
    assert.equal(grownAfter(...warm), false)
    assert.equal(grownAfter(...warm, [250, 70_000]), false)
    assert.equal(grownAfter(...warm, [251, 70_000]), true)
    assert.equal(grownAfter(...warm, [251, 70_000], [200, 71_000]), false)
  })
})
