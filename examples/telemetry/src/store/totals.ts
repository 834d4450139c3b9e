import { DEFAULT_LIMITS, type Limits, type Snapshot } from '../statsd/aggregate.js'
import type { Batch, Query, Report } from './messages.js'

// Every worker that is replaced leaves its number here for a while.
const MAX_SOURCES = 1_000

type TimerTotal = Omit<Report['timers'][number], 'name' | 'mean'>

/**
 * Adds up what all ingest workers have counted, in memory. Percentiles of intervals do not add up to those of the
 * whole, so that timers have none here.
 */
export class Totals {
  readonly #limits: Pick<Limits, 'names' | 'setMembers'>
  readonly #lastSequences = new Map<number, number>()
  readonly #counters = new Map<string, number>()
  readonly #gauges = new Map<string, number>()
  readonly #timers = new Map<string, TimerTotal>()
  readonly #sets = new Map<string, Set<string>>()
  #setMembers = 0
  #dropped = 0

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
  }

  /** Takes each batch once: who does not get to hear that it arrived sends it again. */
  add({ source, sequence, snapshot }: Batch): void {
    if (sequence <= (this.#lastSequences.get(source) ?? 0)) return
    this.#remember(source, sequence)
    for (const { name, value } of snapshot.counters) {
      this.#update(this.#counters, name, (total = 0) => total + value)
    }
    for (const { name, value } of snapshot.gauges) this.#update(this.#gauges, name, () => value)
    for (const timer of snapshot.timers)
      this.#update(this.#timers, timer.name, (total) => joined(total, timer))
    for (const { name, members } of snapshot.sets) {
      this.#update(this.#sets, name, (set = new Set()) => this.#united(set, members))
    }
  }

  query({ name }: Query = {}): Report {
    const list = <T, Row>(metrics: Map<string, T>, row: (name: string, total: T) => Row) =>
      [...metrics]
        .filter(([key]) => name === undefined || key === name)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, total]) => row(key, total))
    return {
      counters: list(this.#counters, (name, value) => ({ name, value })),
      gauges: list(this.#gauges, (name, value) => ({ name, value })),
      timers: list(this.#timers, (name, total) => ({ name, ...total, mean: total.sum / total.count })),
      sets: list(this.#sets, (name, members) => ({ name, size: members.size })),
      dropped: this.#dropped,
    }
  }

  /** The source that has been silent for the longest is the first in the map, and the first to go. */
  #remember(source: number, sequence: number): void {
    this.#lastSequences.delete(source)
    this.#lastSequences.set(source, sequence)
    if (this.#lastSequences.size <= MAX_SOURCES) return
    for (const silent of this.#lastSequences.keys()) {
      this.#lastSequences.delete(silent)
      return
    }
  }

  #update<T>(metrics: Map<string, T>, name: string, change: (total: T | undefined) => T): void {
    if (metrics.has(name) || metrics.size < this.#limits.names) metrics.set(name, change(metrics.get(name)))
    else this.#dropped += 1
  }

  #united(set: Set<string>, members: readonly string[]): Set<string> {
    for (const member of members) {
      if (set.has(member)) continue
      if (this.#setMembers >= this.#limits.setMembers) {
        this.#dropped += 1
        continue
      }
      set.add(member)
      this.#setMembers += 1
    }
    return set
  }
}

function joined(
  total: TimerTotal | undefined,
  { count, sum, min, max }: Snapshot['timers'][number],
): TimerTotal {
  if (total === undefined) return { count, sum, min, max }
  return {
    count: total.count + count,
    sum: total.sum + sum,
    min: Math.min(total.min, min),
    max: Math.max(total.max, max),
  }
}
