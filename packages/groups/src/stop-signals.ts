import { constants } from 'node:os'

/** All but those that no process can handle. */
export const HANDLED_SIGNALS = (Object.keys(constants.signals) as NodeJS.Signals[]).filter(
  (signal) => signal !== 'SIGKILL' && signal !== 'SIGSTOP',
)

/** What signals do to a master that was told to listen to them. */
export interface Stoppable {
  stop(): Promise<void>
  destroy(): void
}

/**
 * The first signal stops, the second kills. Returns what takes the handlers away again, so that a third one has
 * Node's own effect.
 *
 * @param ignored whether a signal that comes now is somebody else's.
 */
export function stopOnSignals(
  master: Stoppable,
  signals: readonly NodeJS.Signals[],
  ignored: (signal: NodeJS.Signals) => boolean = () => false,
): () => void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (ignored(signal)) return
    if (stopping) {
      master.destroy()
      return
    }
    stopping = true
    void master.stop()
  }
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
