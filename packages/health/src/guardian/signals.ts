/** What signals do to a guardian. */
export interface Signalled {
  stop(): Promise<void>
  destroy(): void
  upgrade(): Promise<void>
}

/**
 * SIGTERM and SIGINT stop, and the second of them kills; SIGUSR2 and SIGHUP upgrade. Returns what takes the handlers away
 * again.
 */
export function obeySignals(guardian: Signalled): () => void {
  let stopping = false
  const stop = () => {
    if (stopping) {
      guardian.destroy()
      return
    }
    stopping = true
    void guardian.stop()
  }
  // Why it failed is told by an event.
  const upgrade = () => void guardian.upgrade().catch(() => {})
  const handlers = { SIGTERM: stop, SIGINT: stop, SIGHUP: upgrade, SIGUSR2: upgrade }
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler)
  }
}
