import type { Clock } from '../clock.js'

/** What is needed of a process to end it. */
export interface Endable {
  readonly alive: boolean
  /** Settles when the process is gone for good. */
  readonly closed: Promise<unknown>
}

export interface Escalation {
  /** First: ask it, by a message or a signal. */
  readonly ask: () => void
  /** Then, if it is still there after `graceMs`: SIGKILL. */
  readonly kill: () => void
  readonly graceMs: number
  readonly clock: Clock
}

/** Ends a process, and resolves when it is gone. `child.killed` would only tell that a signal was sent. */
export async function terminate(target: Endable, { ask, kill, graceMs, clock }: Escalation): Promise<void> {
  if (target.alive) ask()
  const timer = clock.after(graceMs, () => {
    if (target.alive) kill()
  })
  try {
    await target.closed
  } finally {
    timer.cancel()
  }
}
