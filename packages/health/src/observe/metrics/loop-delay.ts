export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const RESOLUTION_MS = 20
const NS_PER_S = 1e9

/** How late the master's own event loop is, in seconds, from one reading to the next. It measures from the
 * first reading on. */
export class LoopDelay {
  #delays: ReturnType<typeof import('node:perf_hooks').monitorEventLoopDelay> | undefined

  #stopped = false

  /** Undefined the first time. */
  read(): Delay | undefined {
    const delays = this.#delays
    if (this.#stopped) return undefined
    if (!delays) {
      this.#delays = process
        .getBuiltinModule('node:perf_hooks')
        .monitorEventLoopDelay({ resolution: RESOLUTION_MS })
      this.#delays.enable()
      return undefined
    }
    if (delays.count === 0) return undefined
    // What Node records are the times between two timers.
    const late = (ns: number) => Math.max(0, ns - RESOLUTION_MS * 1e6) / NS_PER_S
    const read = { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) }
    delays.reset()
    return read
  }

  stop(): void {
    this.#stopped = true
    this.#delays?.disable()
  }
}
