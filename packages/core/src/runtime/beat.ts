import type { WorkerChannel } from './runtime.js'
import type { VitalSigns } from './vitals.js'

/**
 * Says every so often that this worker lives, its event loop turns, and how it is. The worker beats, and the master
 * listens: a question to a worker that is stopped would queue up with all that follows.
 */
export function beat(channel: WorkerChannel, signs: VitalSigns, everyMs: number): void {
  const timer = setInterval(() => {
    // A master that does not read must not be told over and over.
    if (channel.open && channel.queued === 0) channel.send({ t: 'beat', vitals: signs.read() })
  }, everyMs)
  timer.unref()
}
