import type { WorkerChannel } from './runtime.js'
import type { VitalSigns } from './vitals.js'

/**
 * Says every so often that this worker lives, its event loop turns, and how it is. The worker beats, and the master
 * listens: a question to a worker that is stopped would queue up with all that follows.
 *
 * All workers beat at the same moments of the clock that they have in common, so that a master of many wakes up but
 * once for them: to wake up costs it several times what a beat does.
 */
export function beat(channel: WorkerChannel, signs: VitalSigns, everyMs: number): void {
  const next = () => {
    setTimeout(() => {
      // A master that does not read must not be told over and over.
      if (channel.open && channel.queued === 0) channel.send({ t: 'beat', vitals: signs.read() })
      next()
    }, untilNextBeat(everyMs)).unref()
  }
  next()
}

/** More than half an interval: a timer may come a moment early, and would beat twice. */
function untilNextBeat(everyMs: number): number {
  const restMs = everyMs - ((Number(process.hrtime.bigint() / 1_000n) / 1_000) % everyMs)
  return restMs < everyMs / 2 ? restMs + everyMs : restMs
}
