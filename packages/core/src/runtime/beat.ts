import type { WorkerChannel } from './runtime.js'

/**
 * Says every so often that this worker lives and its event loop turns. The worker beats, and the master listens: a
 * question to a worker that is stopped would queue up with all that follows.
 */
export function beat(channel: WorkerChannel, everyMs: number): void {
  const timer = setInterval(() => {
    // A master that does not read must not be told over and over.
    if (channel.open && channel.queued === 0) channel.send({ t: 'beat' })
  }, everyMs)
  timer.unref()
}
