import type { Vitals } from '../ipc/protocol.js'
import type { Listeners } from './listen/listeners.js'
import { requestsTaken } from './listen/requests.js'

/** How often the delay of the event loop is sampled, in ms. */
const RESOLUTION_MS = 20
const NS_PER_MS = 1e6

/**
 * Measures how this process is, from one reading to the next. What it needs of Node is loaded with the first reading:
 * the start of a worker does not wait for it.
 */
export class VitalSigns {
  readonly #listeners: Listeners
  #delays: ReturnType<typeof import('node:perf_hooks').monitorEventLoopDelay> | undefined
  #utilization: ReturnType<typeof performance.eventLoopUtilization> | undefined

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  read(): Vitals {
    const { heap_size_limit, used_heap_size } = process.getBuiltinModule('node:v8').getHeapStatistics()
    let connections = 0
    for (const { open } of this.#listeners.streams) connections += open
    return {
      ...this.#readDelays(),
      utilization: this.#readUtilization(),
      rssBytes: process.memoryUsage.rss(),
      heapUsedBytes: used_heap_size,
      heapLimitBytes: heap_size_limit,
      connections,
      accepted: this.#listeners.taken,
      requests: requestsTaken(),
      uptimeMs: Math.round(performance.now()),
      // An inspector can be opened at any time, by SIGUSR1.
      inspected: process.getBuiltinModule('node:inspector')?.url() !== undefined,
    }
  }

  #readDelays(): Pick<Vitals, 'delayP50Ms' | 'delayP99Ms' | 'delayMaxMs'> {
    const delays = this.#delays
    if (!delays) {
      const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks')
      this.#delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
      this.#delays.enable()
    }
    // What Node records are the times between two timers.
    const late = (ns: number) => Math.max(0, Math.round((ns / NS_PER_MS - RESOLUTION_MS) * 10) / 10)
    if (!delays || delays.count === 0) return { delayP50Ms: 0, delayP99Ms: 0, delayMaxMs: 0 }
    const { max } = delays
    const read = {
      delayP50Ms: late(delays.percentile(50)),
      delayP99Ms: late(delays.percentile(99)),
      delayMaxMs: late(max),
    }
    delays.reset()
    return read
  }

  #readUtilization(): number {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before)
    return Math.round(utilization * 1_000) / 1_000
  }
}
