import { heapLimitBytes } from '../heap-limit.js'
import type { Vitals } from '../ipc/protocol.js'
import { LoopDelay } from '../loop-delay.js'
import type { Listeners } from './listen/listeners.js'
import { requestsTaken } from './listen/requests.js'

/**
 * Measures how this process is, from one reading to the next. What it needs of Node is loaded with the first reading:
 * the start of a worker does not wait for it.
 */
export class VitalSigns {
  readonly #listeners: Listeners
  #delay: LoopDelay | undefined
  #utilization: ReturnType<typeof performance.eventLoopUtilization> | undefined
  #residentBytes = 0

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  read(): Vitals {
    // Not before the first reading: that a program is late while it is being loaded is no news.
    this.#delay ??= new LoopDelay()
    const { heap_size_limit, used_heap_size } = process.getBuiltinModule('node:v8').getHeapStatistics()
    const utilization = this.#readUtilization()
    const delays = this.#delay.read()
    this.#delay.adapt(utilization)
    return {
      ...delays,
      utilization,
      rssBytes: this.#readResidentBytes(),
      heapUsedBytes: used_heap_size,
      heapLimitBytes: heapLimitBytes(heap_size_limit),
      connections: this.#listeners.open,
      accepted: this.#listeners.taken,
      requests: requestsTaken(),
      uptimeMs: Math.round(performance.now()),
      // An inspector can be opened at any time, by SIGUSR1.
      inspected: process.getBuiltinModule('node:inspector')?.url() !== undefined,
    }
  }

  /** As it was last, if this process has no descriptor left to read it by: it must not die of a beat. */
  #readResidentBytes(): number {
    try {
      this.#residentBytes = process.memoryUsage.rss()
    } catch {}
    return this.#residentBytes
  }

  #readUtilization(): number {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before)
    return Math.round(utilization * 1_000) / 1_000
  }
}
