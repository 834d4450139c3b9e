import type { Clock, Timer } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { HangReport, Worker } from '@manifold/groups'
import { type JudgementConfig, TERM_GRACE_MS } from './options.js'

const debug = log('heartbeat')

/** How long a report of what it hangs in may take after the worker was found silent. */
const REPORT_MS = 1_000
/** How often it is made sure that we are not held up ourselves. */
const LOOK_MS = 250
/** How late such a look may be, and still say something about others. */
const LATE_MS = 250

export interface Sentences {
  terminate(silentMs: number, report: HangReport | undefined): void
  kill(silentMs: number, report: HangReport | undefined): void
}

/**
 * One worker that is silent: first it is told to finish, then it is killed. Looks that come late themselves judge nobody,
 * and what was before them does not count, as the worker may have been held up together with us.
 */
export class Silence {
  report: HangReport | undefined
  readonly #worker: Pick<Worker, 'silentMs' | 'id'>
  readonly #config: JudgementConfig
  readonly #clock: Clock
  readonly #sentences: Sentences
  readonly #foundAt: number
  /** Since when silence counts. */
  #since: number
  #terminatedAt: number | undefined
  #killed = false
  #timer: Timer | undefined

  /** @param silentMs how much of its silence counts so far. */
  constructor(
    worker: Pick<Worker, 'silentMs' | 'id'>,
    silentMs: number,
    config: JudgementConfig,
    clock: Clock,
    sentences: Sentences,
  ) {
    this.#worker = worker
    this.#config = config
    this.#clock = clock
    this.#sentences = sentences
    this.#foundAt = clock.now()
    this.#since = this.#foundAt - silentMs
    this.#look()
  }

  /** It is heard again, it finishes, or it is gone. */
  end(): void {
    this.#timer?.cancel()
  }

  /** What it hangs in. There is nothing else to wait for. */
  explained(report: HangReport): void {
    this.report = report
    if (this.#killed) return
    this.end()
    this.#look()
  }

  #look(): void {
    const ms = Math.min(this.#dueInMs(), LOOK_MS)
    const dueAt = this.#clock.now() + ms
    this.#timer = this.#clock.after(ms, () => {
      const lateMs = this.#clock.now() - dueAt
      if (lateMs > LATE_MS) {
        debug('looked after worker %d %d ms late', this.#worker.id, lateMs)
        this.#since = this.#clock.now()
      }
      // What it said in the meantime is still to be read.
      this.#timer = this.#clock.afterReading(() => this.#judge())
    })
  }

  #judge(): void {
    if (this.#dueInMs() > 0) {
      this.#look()
      return
    }
    const { silentMs } = this.#worker
    if (this.#terminatedAt === undefined) {
      this.#terminatedAt = this.#clock.now()
      this.#look()
      this.#sentences.terminate(silentMs, this.report)
      return
    }
    this.#killed = true
    this.#sentences.kill(silentMs, this.report)
  }

  /** In how many ms the next step is to be taken, as it stands. */
  #dueInMs(): number {
    const { termAfterMs, killAfterMs } = this.#config
    const now = this.#clock.now()
    const countedMs = Math.min(this.#worker.silentMs, now - this.#since)
    if (this.#terminatedAt !== undefined) {
      return Math.max(0, killAfterMs - countedMs, this.#terminatedAt + TERM_GRACE_MS - now)
    }
    const reportMs = this.report ? 0 : this.#foundAt + REPORT_MS - now
    return Math.max(0, termAfterMs - countedMs, reportMs)
  }
}
