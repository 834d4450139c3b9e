import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decode } from '@manifold/health/internal'

const good = {
  name: 'app_hits_total',
  help: 'Hits.',
  type: 'counter',
  aggregator: 'sum',
  values: [{ value: 1, labels: { path: '/' } }],
}
const histogram = {
  ...good,
  name: 'app_sizes',
  type: 'histogram',
  values: [
    { value: 1, labels: { le: 0.5 }, metricName: 'app_sizes_bucket' },
    { value: 'Infinity', labels: {}, metricName: 'app_sizes_sum' },
  ],
}

describe('the metrics that a worker tells', () => {
  test('are taken as they are, with numbers that JSON does not have', () => {
    const decoded = decode({ id: 7, metrics: [good, histogram] })
    assert.equal(decoded?.id, 7)
    assert.equal(decoded?.dropped, 0)
    assert.deepEqual(decoded?.metrics[0], good)
    assert.equal(decoded?.metrics[1]?.values[1]?.value, Number.POSITIVE_INFINITY)
  })

  for (const answer of [null, undefined, 'metrics', {}, { id: 7 }, { id: '7', metrics: [] }]) {
    test(`are none in ${JSON.stringify(answer)}`, () => assert.equal(decode(answer), undefined))
  }

  const bad: readonly [what: string, metric: unknown][] = [
    ['nothing', null],
    ['a name that is ours', { ...good, name: 'manifold_hits' }],
    ['a name with a line of its own', { ...good, name: 'hits\nmanifold_worker_up 1' }],
    ['no help', { ...good, help: undefined }],
    ['an unknown type', { ...good, type: 'untyped' }],
    ['an unknown aggregator', { ...good, aggregator: 'median' }],
    ['no values', { ...good, values: null }],
    ['a value that is no number', { ...good, values: [{ value: '1', labels: {} }] }],
    ['a value without labels', { ...good, values: [{ value: 1 }] }],
    ['a label that is no name', { ...good, values: [{ value: 1, labels: { 'a="b",c': 'd' } }] }],
    ['a label that is no text', { ...good, values: [{ value: 1, labels: { a: {} } }] }],
    ['a sample of another metric', { ...good, values: [{ value: 1, labels: {}, metricName: 'other_sum' }] }],
  ]
  for (const [what, metric] of bad) {
    test(`are dropped and counted with ${what}`, () => {
      assert.deepEqual(decode({ id: 7, metrics: [metric, good] }), { id: 7, metrics: [good], dropped: 1 })
    })
  }
})
