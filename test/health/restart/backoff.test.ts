import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from '@manifold/health/internal'

const CONFIG = { minDelayMs: 100, maxDelayMs: 1_000, stableAfterMs: 5_000 }

/** Without jitter, unless the test sets the chance. */
function backoff({ chance = 0, ...config }: Partial<typeof CONFIG> & { chance?: number } = {}): Backoff {
  return new Backoff({ ...CONFIG, ...config }, () => chance)
}

/** Undefined for a worker that did not come up. */
function delays(of: Backoff, ...servedMs: (number | undefined)[]): number[] {
  return servedMs.map((ms) => of.next(ms))
}

test('the first restart is at once; from then on the delay doubles with every short life, up to the largest', () => {
  assert.deepEqual(delays(backoff(), 10, 10, 10, 10, 10, 10, 10), [0, 100, 200, 400, 800, 1_000, 1_000])
})

test('a stable life starts it over', () => {
  assert.deepEqual(delays(backoff(), 10, 10, 10, 5_000, 10, 4_999), [0, 100, 200, 0, 100, 200])
})

test('the first restart is at once, however short the life was', () => {
  assert.deepEqual(delays(backoff(), 0), [0])
  assert.deepEqual(delays(backoff(), 1_000_000), [0])
})

test('a worker that does not come up has the next one wait, also the first time', () => {
  assert.deepEqual(delays(backoff(), undefined, undefined, undefined), [100, 200, 400])
  assert.deepEqual(delays(backoff(), 0, undefined, undefined, 0), [0, 100, 200, 400])
  assert.deepEqual(delays(backoff(), undefined, 5_000, undefined), [100, 0, 100])
})

test('jitter takes away up to half of it', () => {
  assert.deepEqual(delays(backoff({ chance: 0.5 }), 0, 0, 0, 0), [0, 75, 150, 300])
  const most = delays(backoff({ chance: 1 - Number.EPSILON }), 0, 0)[1]!
  assert.ok(most > 50 && most < 50.1)
})

test('each delay draws its own jitter', () => {
  const drawn = [0, 0.5, 1]
  const of = new Backoff({ ...CONFIG, maxDelayMs: 100 }, () => drawn.shift()!)
  assert.deepEqual(delays(of, 0, 0, 0, 0), [0, 100, 75, 50])
})

test('the largest delay holds however long it goes on, and can be had at any time', () => {
  const of = backoff()
  assert.equal(of.longest(), 1_000)
  const all = Array.from({ length: 5_000 }, () => of.next(0))
  assert.ok(all.slice(5).every((delayMs) => delayMs === 1_000))
  assert.equal(backoff({ chance: 0.5 }).longest(), 750)
})

test('no delay stays no delay', () => {
  assert.deepEqual(delays(backoff({ minDelayMs: 0 }), 0, 0, undefined), [0, 0, 0])
})

test('a smallest delay that is the largest stays the same', () => {
  assert.deepEqual(delays(backoff({ minDelayMs: 1_000 }), 0, 0, 0), [0, 1_000, 1_000])
})

test('where every life counts as stable, every restart is at once', () => {
  assert.deepEqual(delays(backoff({ stableAfterMs: 0 }), 0, 0, undefined, 0), [0, 0, 100, 0])
})
