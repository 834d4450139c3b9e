import { existsSync } from 'node:fs'
import { systemClock, type Timer } from '../clock.js'
import type { ErrorCode } from '../errors.js'
import { STANDBY } from '../ipc/protocol.js'
import type { ExitReason } from './exit-reason.js'
import { StartError, type StartFailure } from './start-error.js'
import { Startup } from './startup.js'
import type { WorkerOptions } from './worker-options.js'

/** What is asked of a worker that does not come up, and what becomes of it. */
export interface StartHost {
  describe(): Pick<StartFailure, 'slot' | 'pid' | 'stderr'>
  /** It was not ready in time, or did not come to wait for a slot. */
  overdue(): void
}

/**
 * The start of a worker: until it is ready, it is gone, or its time is over. That of a worker that stands by has two
 * parts, with as much time for each: until it waits for a slot, and from when it has one.
 */
export class StartWatch {
  /** Resolves when the worker is ready; rejects with a `StartError` that says why it never will be. */
  readonly started: Promise<void>
  /** Of a worker that stands by: resolves when it waits for a slot, or has got one; rejects as `started` does. */
  readonly waiting: Promise<void>
  /** What it has done so far. */
  readonly progress: Startup
  readonly #options: WorkerOptions
  readonly #host: StartHost
  #code: ErrorCode = 'ERR_MANIFOLD_START'
  #timer: Timer | undefined
  #resolve = () => {}
  #waits = () => {}
  #reject: (error: StartError) => void = () => {}

  constructor(options: WorkerOptions, host: StartHost) {
    this.#options = options
    this.#host = host
    this.progress = new Startup(options)
    this.started = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const waits = new Promise<void>((resolve) => {
      this.#waits = resolve
    })
    this.waiting = Promise.race([waits, this.started])
    // Nobody may wait for them.
    this.started.catch(() => {})
    this.waiting.catch(() => {})
    this.#limit()
  }

  /** It fails for this reason: what its end will be told with. */
  doom(code: ErrorCode, note: string): void {
    this.#code = code
    this.progress.note(note)
  }

  /** It has no slot, and could not do more without one. */
  waits(): void {
    this.#timer?.cancel()
    this.#waits()
  }

  /** It has a slot. */
  promoted(): void {
    this.#timer?.cancel()
    this.#waits()
    this.#limit()
  }

  ready(): void {
    this.#timer?.cancel()
    this.#resolve()
  }

  gone(reason: ExitReason): void {
    this.#timer?.cancel()
    const { cwd } = this.#options
    // Node names the program, whichever of the two is missing.
    if (reason.type === 'unspawned' && cwd !== undefined && !existsSync(cwd)) {
      this.progress.note(`its working directory ${cwd} does not exist`)
    }
    this.#fail(reason)
  }

  #limit(): void {
    const { clock = systemClock, readyTimeoutMs } = this.#options
    this.#timer = clock.after(readyTimeoutMs, () => {
      const standsBy = this.#host.describe().slot === STANDBY
      this.progress.note(this.progress.whyNotReady(standsBy))
      this.#fail(undefined)
      this.#host.overdue()
    })
  }

  #fail(reason: ExitReason | undefined): void {
    const { group, readyTimeoutMs } = this.#options
    const code = reason ? this.#code : 'ERR_MANIFOLD_READY_TIMEOUT'
    const failure = { group, ...this.#host.describe(), reason, notes: this.progress.notes }
    this.#reject(new StartError(code, failure, readyTimeoutMs))
  }
}
