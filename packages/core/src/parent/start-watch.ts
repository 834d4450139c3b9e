import { existsSync } from 'node:fs'
import { systemClock, type Timer } from '../clock.js'
import type { ErrorCode } from '../errors.js'
import type { ExitReason } from './exit-reason.js'
import { StartError, type StartFailure } from './start-error.js'
import { Startup } from './startup.js'
import type { WorkerOptions } from './worker-options.js'

/** What is asked of a worker that does not come up, and what becomes of it. */
export interface StartHost {
  describe(): Pick<StartFailure, 'slot' | 'pid' | 'stderr'>
  /** It was not ready in time. */
  overdue(): void
}

/** The start of a worker: until it is ready, it is gone, or its time is over. */
export class StartWatch {
  /** Resolves when the worker is ready; rejects with a `StartError` that says why it never will be. */
  readonly started: Promise<void>
  /** What it has done so far. */
  readonly progress: Startup
  readonly #options: WorkerOptions
  readonly #host: StartHost
  #code: ErrorCode = 'ERR_MANIFOLD_START'
  #timer: Timer | undefined
  #resolve = () => {}
  #reject: (error: StartError) => void = () => {}

  constructor(options: WorkerOptions, host: StartHost) {
    this.#options = options
    this.#host = host
    this.progress = new Startup(options)
    this.started = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Nobody may wait for it.
    this.started.catch(() => {})
    this.#limit()
  }

  /** It fails for this reason: what its end will be told with. */
  doom(code: ErrorCode, note: string): void {
    this.#code = code
    this.progress.note(note)
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
      this.progress.note(this.progress.whyNotReady())
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
