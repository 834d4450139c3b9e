import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lookout } from '@manifold/core/internal'

const HANG_MS = 1_000
const EVERY_MS = 200

/** Looks at each of these times; at which of them was it said to hang? */
function looks(times: readonly number[], tickedAt: (at: number) => number): number[] {
  const lookout = new Lookout(HANG_MS, EVERY_MS, 0)
  return times.filter((at) => lookout.hangs(at, tickedAt(at)))
}

/** Times a look apart, after `from`. */
function regular(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + (index + 1) * EVERY_MS)
}

test('an event loop that turns does not hang', () => {
  assert.deepEqual(
    looks(regular(0, 50), (at) => at - 150),
    [],
  )
})

test('one that has not turned for too long hangs, and that is said once', () => {
  assert.deepEqual(
    looks(regular(0, 50), (at) => Math.min(at, 500)),
    [1_600],
  )
})

test('a hang that follows another is said again', () => {
  const ticks = (at: number) => (at < 3_000 ? 300 : Math.min(at, 5_000))
  assert.deepEqual(looks(regular(0, 50), ticks), [1_400, 6_200])
})

test('what was before there was a thread to look does not count', () => {
  const lookout = new Lookout(HANG_MS, EVERY_MS, 10_000)
  assert.deepEqual(
    regular(10_000, 10).filter((at) => lookout.hangs(at, 2_000)),
    [11_200],
  )
  assert.equal(lookout.hungMs, 2_000)
})

test('a process that was stopped does not hang', () => {
  const stopped = [...regular(0, 5), 61_000, ...regular(61_000, 20)]
  // It turns again a little after the thread looks again.
  const ticks = (at: number) => (at > 61_000 ? at : Math.min(at, 1_000))
  assert.deepEqual(looks(stopped, ticks), [])
})

test('nor does one that turned between the last look and the stop', () => {
  const stopped = [...regular(0, 5), 61_000, ...regular(61_000, 20)]
  const ticks = (at: number) => (at > 61_000 ? at : Math.min(at, 1_100))
  assert.deepEqual(looks(stopped, ticks), [])
})

test('one that was stopped and does not turn afterwards hangs; the time for which it was stopped does not count', () => {
  const stopped = [...regular(0, 5), 61_000, ...regular(61_000, 20)]
  assert.deepEqual(
    looks(stopped, (at) => Math.min(at, 1_000)),
    [62_000],
  )
})
