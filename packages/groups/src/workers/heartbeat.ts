import type { Clock, Timer } from '@manifold/core'
import { log, type WorkerProcess } from '@manifold/core/internal'

const debug = log('heartbeat')

export interface HeartbeatConfig {
  /** How often each worker says that it lives, in ms. */
  readonly intervalMs: number
  /** After how much silence it is taken for stopped or stuck, in ms. */
  readonly timeoutMs: number
}

/** What is watched of a worker. */
type Watched = Pick<WorkerProcess, 'state' | 'silentMs' | 'id'>

interface Listeners<Worker> {
  /** `silentMs`: how much of its silence counts. */
  silent(worker: Worker, silentMs: number): void
  heard(worker: Worker): void
}

/** How many times it looks in the time that a worker has. */
const LOOKS = 8

/**
 * Notices workers that have fallen silent, and that are heard again. A look that comes late itself (the master was
 * busy, or stopped, or the machine asleep) judges nobody, as what the workers said has not been read yet; and as they may
 * have been stopped with it, nothing from before then counts against them.
 */
export class Heartbeat<Worker extends Watched> {
  readonly #config: HeartbeatConfig
  readonly #clock: Clock
  readonly #workers: () => Iterable<Worker>
  readonly #on: Listeners<Worker>
  readonly #silent = new Set<Worker>()
  #timer: Timer | undefined
  /** Since when silence counts. */
  #since: number

  constructor(config: HeartbeatConfig, clock: Clock, workers: () => Iterable<Worker>, on: Listeners<Worker>) {
    this.#config = config
    this.#clock = clock
    this.#workers = workers
    this.#on = on
    this.#since = clock.now()
  }

  start(): void {
    const everyMs = this.#config.timeoutMs / LOOKS
    const dueAt = this.#clock.now() + everyMs
    this.#timer = this.#clock.after(everyMs, () => {
      const lateMs = this.#clock.now() - dueAt
      this.start()
      if (lateMs < everyMs) {
        this.#look()
        return
      }
      debug('looked %d ms late', lateMs)
      this.#since = this.#clock.now()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /**
   * A worker that is starting may be busy with that, and one that is finishing with its end. One that stands by has to be
   * fit for a slot at any time.
   */
  #look(): void {
    const fit = new Set([...this.#workers()].filter(({ state }) => state === 'ready' || state === 'waiting'))
    for (const worker of this.#silent) {
      if (fit.has(worker) && worker.silentMs > this.#config.timeoutMs) continue
      this.#silent.delete(worker)
      // It may have got a slot in the meantime, and be busy with that.
      if (worker.state !== 'draining' && worker.state !== 'exited') this.#on.heard(worker)
    }
    for (const worker of fit) {
      const silentMs = Math.min(worker.silentMs, this.#clock.now() - this.#since)
      if (this.#silent.has(worker) || silentMs <= this.#config.timeoutMs) continue
      this.#silent.add(worker)
      debug('worker %d has been silent for %d ms', worker.id, silentMs)
      this.#on.silent(worker, silentMs)
    }
  }
}
