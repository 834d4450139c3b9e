import type { ChildProcess } from 'node:child_process'
import type { Clock } from '../clock.js'
import type { ExitReason } from './exit-reason.js'
import { terminate } from './terminate.js'

/** How long a process that was told to finish may overrun its time before it is killed. */
const KILL_GRACE_MS = 1_000
/** How long after `exit` its pipes may stay open: a child of the process may have inherited them. */
const CLOSE_GRACE_MS = 1_000

export interface EndEvents {
  /** Nothing can be given to the process any more. Once for every process, and before `gone`. */
  unreachable(): void
  /** It is no more, and everything that it said has been read. Once. */
  gone(reason: ExitReason): void
}

/**
 * The end of one child process, from being told to finish to being dead. Settles on `close`: `exit` may come before the
 * last messages, `disconnect` not at all, and `error` alone if there never was a process.
 */
export class ProcessEnd {
  /** Resolves when the process is gone. */
  readonly closed: Promise<ExitReason>
  readonly #child: ChildProcess
  readonly #clock: Clock
  readonly #on: EndEvents
  #asked = false
  #overdue = false
  #unreachable = false
  #ending: Promise<ExitReason> | undefined

  constructor(child: ChildProcess, clock: Clock, on: EndEvents) {
    this.#child = child
    this.#clock = clock
    this.#on = on
    this.closed = this.#watch()
  }

  /** `child.killed` would only tell that a signal was sent. */
  get alive(): boolean {
    const { pid, exitCode, signalCode } = this.#child
    return pid !== undefined && exitCode === null && signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    // On Node 20, `child.kill` of a process that could not be spawned reaches our own process group.
    if (this.alive) this.#child.kill(signal)
  }

  /** Kills it now. */
  destroy(): void {
    this.#asked = true
    this.kill('SIGKILL')
  }

  /** Asks it to finish, and kills it if it takes longer than that and a second. Later callers share the first call. */
  within(timeoutMs: number, ask: () => void): Promise<ExitReason> {
    this.#asked = true
    return this.#endWithin(timeoutMs, ask)
  }

  /** It has been told to finish in another way, and may take as long as it likes. */
  expected(): void {
    this.#asked = true
  }

  /** It finishes without having been told to. It has as much time as if it had been. */
  byItself(timeoutMs: number): void {
    void this.#endWithin(timeoutMs, () => {})
  }

  #endWithin(timeoutMs: number, ask: () => void): Promise<ExitReason> {
    const kill = () => {
      this.#overdue = true
      this.kill('SIGKILL')
    }
    const escalation = { ask, kill, graceMs: timeoutMs + KILL_GRACE_MS, clock: this.#clock }
    this.#ending ??= terminate(this, escalation).then(() => this.closed)
    return this.#ending
  }

  #watch(): Promise<ExitReason> {
    const child = this.#child
    return new Promise((resolve) => {
      let settled = false
      const settle = (reason: ExitReason) => {
        if (settled) return
        settled = true
        this.#on.gone(reason)
        resolve(reason)
      }
      const unreachable = () => {
        if (this.#unreachable) return
        this.#unreachable = true
        this.#on.unreachable()
      }
      child.on('disconnect', unreachable)
      child.on('error', (error) => {
        // Also sent when a signal or a message could not be; only a process that never was ends here.
        if (child.pid !== undefined) return
        unreachable()
        settle({ type: 'unspawned', error, asked: this.#asked })
      })
      child.on('exit', () => {
        // Node does not say 'disconnect' if a handle was on its way.
        unreachable()
        this.#clock.after(CLOSE_GRACE_MS, () => {
          for (const stream of child.stdio) stream?.destroy()
          settle(this.#reason())
        })
      })
      child.on('close', () => settle(this.#reason()))
    })
  }

  #reason(): ExitReason {
    const { exitCode, signalCode } = this.#child
    const asked = this.#asked
    if (signalCode === null) return { type: 'exited', code: exitCode ?? 0, asked }
    if (this.#overdue) return { type: 'killed', signal: signalCode, asked: true }
    return { type: 'signaled', signal: signalCode, asked }
  }
}
