import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OptionError } from '@manifold/core'
import { parseRecycle } from '@manifold/health/internal'

const NONE = { maxRssBytes: undefined, maxHeapBytes: undefined, maxAgeMs: undefined, maxRequests: undefined }

test('by default nothing has a limit', () => {
  assert.deepEqual(parseRecycle('recycle', undefined), { ...NONE, jitter: 0.1, memoryFraction: 0.9 })
  assert.deepEqual(parseRecycle('recycle', {}), parseRecycle('recycle', undefined))
})

test('it can be left out', () => {
  assert.equal(parseRecycle('recycle', false), undefined)
})

test('what is given counts', () => {
  const all = {
    ...{ maxRssBytes: 1e9, maxHeapBytes: 1e8, maxAgeMs: 86_400_000, maxRequests: 1_000 },
    ...{ jitter: 0, memoryFraction: 1 },
  }
  assert.deepEqual(parseRecycle('recycle', all), all)
})

test('wrong values are refused by name', () => {
  const wrong: [key: string, value: unknown][] = [
    ...['maxRssBytes', 'maxHeapBytes', 'maxRequests'].flatMap((key): [string, unknown][] =>
      [0, -1, 1.5, '100', Number.NaN, Number.POSITIVE_INFINITY, null].map((value) => [key, value]),
    ),
    ...[0, -1, 2 ** 31, '1', null].map((value): [string, unknown] => ['maxAgeMs', value]),
    ...['jitter', 'memoryFraction'].flatMap((key): [string, unknown][] =>
      [-0.1, 1.1, Number.NaN, '0.5', null].map((value) => [key, value]),
    ),
    ['maxRss', 1],
  ]
  for (const [key, value] of wrong) {
    assert.throws(
      () => parseRecycle('groups.web.recycle', { [key]: value }),
      (error: OptionError) => error instanceof OptionError && error.option === `groups.web.recycle.${key}`,
      `${key}: ${value}`,
    )
  }
  for (const value of [true, 1, 'x', null, []])
    assert.throws(() => parseRecycle('recycle', value), OptionError)
})
