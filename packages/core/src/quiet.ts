import type { Clock } from './clock.js'

/** On a machine that is short of time, few turns may take long. */
const LEAST_TURNS = 128

/**
 * Waits while `count` grows with each turn of the event loop, but no longer than that: libuv may accept no more than one
 * connection in each.
 */
export async function untilQuiet(count: () => number, withinMs: number, clock: Clock): Promise<void> {
  const until = clock.now() + withinMs
  let before = -1
  for (let turn = 0; count() !== before && (turn < LEAST_TURNS || clock.now() < until); turn++) {
    before = count()
    await new Promise<void>((resolve) => {
      clock.afterReading(resolve)
    })
  }
}
