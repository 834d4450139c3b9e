import { median, table } from '../bench/statistics.js'
import type { KindName } from './kinds.js'
import { kindNames } from './kinds.js'
import type { Fault, Upheaval } from './plan.js'

/** One fault: whom it hit, and how long its slot was not at full strength. Times are of `moment()`. */
export interface Entry {
  readonly fault: Fault
  /** The process that was hit; undefined while its slot is awaited. */
  pid?: number
  hitAt?: number
  /** The second process that was hit: the successor that was to start. */
  secondPid?: number
  recoveredAt?: number
  /** Why it has not recovered. */
  problem?: string
}

/** What was done besides, and how it ended: `ok`, or the code of the error. */
export interface Done {
  readonly do: 'reload' | 'scale'
  readonly group: string
  readonly startedAt: number
  endedAt?: number
  outcome?: string
}

/** What happened to the master. */
export interface Turn {
  readonly do: Upheaval['do']
  readonly startedAt: number
  /** The master that was there then. */
  readonly master: number
  endedAt?: number
  problem?: string
}

/** All that was done in a run. */
export class Ledger {
  readonly entries: Entry[] = []
  readonly operations: Done[] = []
  readonly turns: Turn[] = []

  /** The faults that hit a process. */
  of(pid: number): Entry[] {
    return this.entries.filter((entry) => entry.pid === pid || entry.secondPid === pid)
  }

  /** Whether a reload or a change of size went on in the group at any time between the two. */
  operated(group: string, from: number, to: number): boolean {
    return this.operations.some(
      (done) => done.group === group && done.startedAt <= to && (done.endedAt ?? to) >= from,
    )
  }

  get recovered(): number {
    return this.entries.filter(({ recoveredAt }) => recoveredAt !== undefined).length
  }

  toString(): string {
    const rows = kindNames.flatMap((kind) => this.#row(kind))
    const header = ['fault', 'count', 'recovered', 'full strength after ms, median', 'longest']
    const outcomes = new Map<string, number>()
    for (const { do: what, outcome = 'not ended' } of this.operations) {
      const key = `${what}: ${outcome}`
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
    }
    const operations = [...outcomes].sort().map(([what, count]) => `${count} × ${what}`)
    const turns = this.turns.map(({ do: what, startedAt, endedAt = Number.NaN }) => {
      return `${what} ${rounded(endedAt - startedAt)} ms`
    })
    return [
      table(header, rows),
      `besides: ${operations.join(', ') || 'nothing'}`,
      `to the master: ${turns.join(', ') || 'nothing'}`,
    ].join('\n')
  }

  #row(kind: KindName): string[][] {
    const entries = this.entries.filter(({ fault }) => fault.kind === kind)
    if (entries.length === 0) return []
    const times = entries.flatMap(({ hitAt = 0, recoveredAt }) =>
      recoveredAt === undefined ? [] : recoveredAt - hitAt,
    )
    const [middle, longest] =
      times.length === 0 ? ['–', '–'] : [median(times), Math.max(...times)].map(rounded)
    return [[kind, String(entries.length), String(times.length), middle!, longest!]]
  }
}

function rounded(ms: number): string {
  return ms.toFixed(0)
}
