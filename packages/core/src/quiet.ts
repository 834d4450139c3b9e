import type { Clock } from './clock.js'

/**
 * Waits while `count` grows with each turn of the event loop, but no longer than that: libuv may accept no more than one
 * connection in each.
 */
export async function untilQuiet(count: () => number, withinMs: number, clock: Clock): Promise<void> {
  const until = clock.now() + withinMs
  for (let before = -1; count() !== before && clock.now() < until; ) {
    before = count()
    await new Promise<void>((resolve) => {
      clock.afterReading(resolve)
    })
  }
}
