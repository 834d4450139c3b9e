// Answers with what it is sent; and measures how long another worker takes for that.

import { worker } from '@manifold/core/worker'
import { median } from '../statistics.js'

export interface Load {
  readonly via: 'link' | 'master'
  readonly bytes: number
  /** How many calls are under way at a time. */
  readonly atATime: number
  readonly forMs: number
}

export interface Measured {
  readonly perSecond: number
  readonly medianMs: number
}

worker.handle('echo', (payload: unknown) => payload)

worker.handle('measure', async ({ via, bytes, atATime, forMs }: Load): Promise<Measured> => {
  const payload = 'x'.repeat(bytes)
  const callOnce = () => worker.call('store', 'echo', payload, { via })
  for (let call = 0; call < 3; call++) await callOnce()
  const tookMs: number[] = []
  const start = performance.now()
  const callOnAndOn = async () => {
    for (let now = performance.now(); now - start < forMs; ) {
      await callOnce()
      const then = now
      now = performance.now()
      tookMs.push(now - then)
    }
  }
  await Promise.all(Array.from({ length: atATime }, callOnAndOn))
  return { perSecond: (tookMs.length / (performance.now() - start)) * 1_000, medianMs: median(tookMs) }
})

worker.ready()
