import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heapLimitBytes } from '@manifold/core/internal'

const MB = 2 ** 20
const TOLD = 4_144 * MB

test('the limit of the heap is what V8 tells, if none was given', () => {
  assert.equal(heapLimitBytes(TOLD, []), TOLD)
  assert.equal(heapLimitBytes(TOLD, ['--max-semi-space-size=64', '', '--max-old-space-size=many']), TOLD)
})

test('a limit that was given is one of old objects, and the last counts', () => {
  assert.equal(heapLimitBytes(TOLD, ['--max-old-space-size=512']), 512 * MB)
  assert.equal(
    heapLimitBytes(TOLD, ['--max_old_space_size=512', '--inspect', '--max-old-space-size=300']),
    300 * MB,
  )
  assert.equal(heapLimitBytes(TOLD, ['--max-old-space-size=0']), TOLD)
})
