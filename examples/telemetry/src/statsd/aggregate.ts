import type { Malformed, Sample } from './parse.js'
import { Timer, type TimerSummary } from './timer.js'

/** What strangers may make us remember. What is beyond is dropped, counted, and said at the next flush. */
export interface Limits {
  /** Names of each kind of metric. Gauges keep theirs for good, the others until the next flush. */
  names: number
  /** Values kept per timer for its percentiles. */
  timerValues: number
  /** Members of all sets together. */
  setMembers: number
}

export const DEFAULT_LIMITS: Limits = { names: 1_000, timerValues: 2_048, setMembers: 50_000 }

/** One interval as plain data, each list in the order of its names. */
export interface Snapshot {
  counters: { name: string; value: number }[]
  /** Only those that were set or changed in this interval. */
  gauges: { name: string; value: number }[]
  timers: ({ name: string } & TimerSummary)[]
  sets: { name: string; members: string[] }[]
  malformed: { reason: Malformed; count: number }[]
  /** Samples that were well-formed, but beyond a limit. */
  dropped: number
}

/** Adds up samples between two flushes. Knows neither sockets nor clocks. */
export class Aggregate {
  readonly #limits: Limits
  readonly #random: () => number
  readonly #gauges = new Map<string, number>()
  readonly #changedGauges = new Set<string>()
  readonly #counters = new Map<string, number>()
  readonly #timers = new Map<string, Timer>()
  readonly #sets = new Map<string, Set<string>>()
  readonly #malformed = new Map<Malformed, number>()
  #setMembers = 0
  #dropped = 0

  constructor(limits: Partial<Limits> = {}, random: () => number = Math.random) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#random = random
  }

  add(sample: Sample): void {
    if (!this.#hasRoomFor(sample)) {
      this.#dropped += 1
      return
    }
    switch (sample.kind) {
      case 'counter':
        this.#counters.set(sample.name, (this.#counters.get(sample.name) ?? 0) + sample.value / sample.rate)
        break
      case 'gauge':
        this.#gauges.set(
          sample.name,
          sample.relative ? (this.#gauges.get(sample.name) ?? 0) + sample.value : sample.value,
        )
        this.#changedGauges.add(sample.name)
        break
      case 'timer':
        this.#timer(sample.name).add(sample.value, sample.rate)
        break
      case 'set':
        this.#addMember(sample.name, sample.member)
    }
  }

  addMalformed(reason: Malformed): void {
    this.#malformed.set(reason, (this.#malformed.get(reason) ?? 0) + 1)
  }

  /** What came since the last flush. All but the values of the gauges begins anew. */
  flush(): Snapshot {
    const snapshot: Snapshot = {
      counters: byName([...this.#counters].map(([name, value]) => ({ name, value }))),
      gauges: byName([...this.#changedGauges].map((name) => ({ name, value: this.#gauges.get(name)! }))),
      timers: byName([...this.#timers].map(([name, timer]) => ({ name, ...timer.summary() }))),
      sets: byName([...this.#sets].map(([name, members]) => ({ name, members: [...members] }))),
      malformed: [...this.#malformed].map(([reason, count]) => ({ reason, count })),
      dropped: this.#dropped,
    }
    this.#counters.clear()
    this.#changedGauges.clear()
    this.#timers.clear()
    this.#sets.clear()
    this.#malformed.clear()
    this.#setMembers = 0
    this.#dropped = 0
    return snapshot
  }

  /** Whether the sample's name is known, or there is room for one more. */
  #hasRoomFor({ kind, name }: Sample): boolean {
    const known = { counter: this.#counters, gauge: this.#gauges, timer: this.#timers, set: this.#sets }[kind]
    return known.has(name) || known.size < this.#limits.names
  }

  #timer(name: string): Timer {
    let timer = this.#timers.get(name)
    if (timer === undefined) {
      timer = new Timer(this.#limits.timerValues, this.#random)
      this.#timers.set(name, timer)
    }
    return timer
  }

  #addMember(name: string, member: string): void {
    const members = this.#sets.get(name) ?? new Set()
    if (members.has(member)) return
    if (this.#setMembers >= this.#limits.setMembers) {
      this.#dropped += 1
      return
    }
    this.#sets.set(name, members.add(member))
    this.#setMembers += 1
  }
}

function byName<T extends { name: string }>(metrics: T[]): T[] {
  return metrics.sort((a, b) => (a.name < b.name ? -1 : 1))
}
