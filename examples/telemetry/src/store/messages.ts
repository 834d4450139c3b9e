/** What the groups say to each other, as plain data: `add` by ingest, and `query` by web. */

import type { Snapshot } from '../statsd/aggregate.js'

/** One interval of one ingest worker. */
export interface Batch {
  /** The id of the worker. */
  source: number
  /** Counts the batches of a source, from 1: one that comes twice is known by it. */
  sequence: number
  snapshot: Snapshot
}

export interface Query {
  /** Only the metrics of this name. */
  name?: string | undefined
}

/** All that has come since the store started, each list in the order of its names. */
export interface Report {
  counters: { name: string; value: number }[]
  gauges: { name: string; value: number }[]
  timers: { name: string; count: number; sum: number; min: number; max: number; mean: number }[]
  sets: { name: string; size: number }[]
  /** Metrics and members that were beyond a limit. */
  dropped: number
}
