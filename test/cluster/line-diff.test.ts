import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineDiff } from './line-diff.js'

test('what both have is there once, what one has alone is marked', () => {
  assert.deepEqual(lineDiff(['a', 'b', 'c', 'd'], ['a', 'c', 'x', 'd', 'y']), [
    '  a',
    '- b',
    '  c',
    '+ x',
    '  d',
    '+ y',
  ])
})

test('a changed order is a difference', () => {
  assert.deepEqual(lineDiff(['a', 'b'], ['b', 'a']), ['- a', '  b', '+ a'])
})

test('nothing of the one, nothing of the other', () => {
  assert.deepEqual(lineDiff([], ['a']), ['+ a'])
  assert.deepEqual(lineDiff(['a'], []), ['- a'])
  assert.deepEqual(lineDiff([], []), [])
})
