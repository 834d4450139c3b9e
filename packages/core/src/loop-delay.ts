/**
 * How often the event loop is to turn, in ms. Each turn wakes the process, which costs an idle one more than all else
 * that the framework does there: so it is left alone more while it has little to do.
 */
const BUSY_MS = 20
const IDLE_MS = 100

export interface Delays {
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
}

/**
 * How late timers are. Node's own histogram (`monitorEventLoopDelay`) forgets a delay that it has not noted yet as it is
 * reset: the very one by which a beat is late.
 */
export class LoopDelay {
  readonly #samples: number[] = []
  #everyMs = IDLE_MS
  #dueAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor() {
    this.#turnIn(IDLE_MS)
  }

  /** Of the time since it was read last. */
  read(): Delays {
    const now = performance.now()
    // What is late already counts, and will count only from now on when it comes.
    if (now > this.#dueAt) {
      this.#samples.push(now - this.#dueAt)
      this.#dueAt = now
    }
    const sorted = this.#samples.splice(0).sort((one, other) => one - other)
    const at = (part: number) => Math.round((sorted[Math.ceil(part * sorted.length) - 1] ?? 0) * 10) / 10
    return { delayP50Ms: at(0.5), delayP99Ms: at(0.99), delayMaxMs: at(1) }
  }

  /** For how much of the time the loop has something to do, from 0 to 1. */
  adapt(utilization: number): void {
    this.#everyMs = utilization > 0.1 ? BUSY_MS : IDLE_MS
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #turnIn(ms: number): void {
    this.#dueAt = performance.now() + ms
    this.#timer = setTimeout(() => {
      this.#samples.push(Math.max(0, performance.now() - this.#dueAt))
      this.#turnIn(this.#everyMs)
    }, ms)
    this.#timer.unref()
  }
}
