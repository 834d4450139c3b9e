import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from '@manifold/health/internal'

const CONFIG = { minDelayMs: 100, maxDelayMs: 1_000, stableAfterMs: 5_000 }

/** Without jitter, unless the test sets the chance. */
function backoff({ chance = 0, ...config }: Partial<typeof CONFIG> & { chance?: number } = {}): Backoff {
  return new Backoff({ ...CONFIG, ...config }, () => chance)
}

function delays(of: Backoff, ...uptimesMs: number[]): number[] {
  return uptimesMs.map((uptimeMs) => of.next(uptimeMs))
}

test('the delay doubles with every short life, up to the largest', () => {
  assert.deepEqual(delays(backoff(), 10, 10, 10, 10, 10, 10), [100, 200, 400, 800, 1_000, 1_000])
})

test('a stable life starts it over', () => {
  assert.deepEqual(delays(backoff(), 10, 10, 10, 5_000, 10, 4_999), [100, 200, 400, 100, 200, 400])
})

test('the first delay is the smallest, however short the life was', () => {
  assert.deepEqual(delays(backoff(), 0), [100])
  assert.deepEqual(delays(backoff(), 1_000_000), [100])
})

test('jitter takes away up to half of it', () => {
  assert.deepEqual(delays(backoff({ chance: 0.5 }), 0, 0, 0), [75, 150, 300])
  const most = delays(backoff({ chance: 1 - Number.EPSILON }), 0)[0]!
  assert.ok(most > 50 && most < 50.1)
})

test('each delay draws its own jitter', () => {
  const drawn = [0, 0.5, 1]
  const of = new Backoff({ ...CONFIG, maxDelayMs: 100 }, () => drawn.shift()!)
  assert.deepEqual(delays(of, 0, 0, 0), [100, 75, 50])
})

test('the largest delay holds however long it goes on', () => {
  const of = backoff()
  const all = Array.from({ length: 5_000 }, () => of.next(0))
  assert.ok(all.slice(4).every((delayMs) => delayMs === 1_000))
})

test('no delay stays no delay', () => {
  assert.deepEqual(delays(backoff({ minDelayMs: 0 }), 0, 0, 0), [0, 0, 0])
})

test('a smallest delay that is the largest stays the same', () => {
  assert.deepEqual(delays(backoff({ minDelayMs: 1_000 }), 0, 0, 0), [1_000, 1_000, 1_000])
})
