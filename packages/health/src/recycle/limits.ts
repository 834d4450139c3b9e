import type { Vitals } from '@manifold/core'
import type { RecycleConfig } from './options.js'

export type RecycleCause = 'rss' | 'heap' | 'age' | 'requests' | 'cgroup'

/** What is too much: bytes, ms or requests. Of a `cgroup`, what the container has taken. */
export interface Breach {
  readonly cause: RecycleCause
  readonly value: number
  readonly limit: number
}

/** So many beats in a row say it before memory counts as too much: what a burst takes, it gives back. */
const BEATS = 3
/**
 * Of the limit of V8. From 0.8 of it on, V8 ends the process once four collections in a row have freed little and taken most
 * of the time (`kHighHeapPercentage` in its heap.cc): a worker that leaks under load rarely gets to the limit itself.
 */
const HEAP_SHARE = 0.75

/** The limits of one worker. */
export class Limits {
  readonly #limits: Record<'rss' | 'heap' | 'age' | 'requests', number | undefined>
  readonly #beats = { rss: 0, heap: 0 }

  constructor(config: RecycleConfig, random: () => number) {
    const share = 1 - config.jitter * random()
    const own = (limit: number | undefined) => limit && limit * share
    const { maxRssBytes, maxHeapBytes, maxAgeMs, maxRequests } = config
    this.#limits = {
      rss: own(maxRssBytes),
      heap: own(maxHeapBytes),
      age: own(maxAgeMs),
      requests: own(maxRequests),
    }
  }

  /** When it is too old, in ms. */
  get ageMs(): number | undefined {
    return this.#limits.age
  }

  /** To be told of each beat once. The worst breach; undefined if there is none. */
  judge({ rssBytes, heapUsedBytes, heapLimitBytes, requests }: Vitals, ageMs: number): Breach | undefined {
    const { rss, heap = HEAP_SHARE * heapLimitBytes, requests: most } = this.#limits
    const breaches = [
      this.#lasting('rss', rssBytes, rss),
      this.#lasting('heap', heapUsedBytes, heap),
      breach('requests', requests, most),
      this.judgeAge(ageMs),
    ]
    return breaches.reduce((worst, one) => (one && (!worst || excess(one) > excess(worst)) ? one : worst))
  }

  judgeAge(ageMs: number): Breach | undefined {
    return breach('age', Math.round(ageMs), this.#limits.age)
  }

  #lasting(cause: 'rss' | 'heap', value: number, limit: number | undefined): Breach | undefined {
    const found = breach(cause, value, limit)
    this.#beats[cause] = found ? this.#beats[cause] + 1 : 0
    return this.#beats[cause] < BEATS ? undefined : found
  }
}

/** How many times the limit it is. */
export function excess({ value, limit }: Breach): number {
  return value / limit
}

function breach(cause: RecycleCause, value: number, limit: number | undefined): Breach | undefined {
  return limit !== undefined && value >= limit ? { cause, value, limit: Math.round(limit) } : undefined
}
