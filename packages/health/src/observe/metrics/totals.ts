import type { Group, Worker } from '@manifold/groups'
import type { Observed } from '../witness.js'

export interface SlotTotals {
  readonly accepted: number
  readonly requests: number
}

/**
 * What only ever grows, for as long as the master lives: what a worker has done is not undone by its end, so that the
 * counters of a slot go on where its last worker ended.
 */
export class Totals {
  /** What those did that are gone, by slot. */
  readonly #gone = new Map<string, SlotTotals>()
  /** Those of them that a group may still list. */
  readonly #counted = new WeakSet<Worker>()
  readonly #isNew = (worker: Worker) => !this.#counted.has(worker)
  readonly #events = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>()

  count({ source, event, fields }: Observed): void {
    const { group, reason } = fields as { group?: string; reason?: { type?: string } }
    const labels = {
      source,
      event,
      ...(group === undefined ? {} : { group }),
      ...(event === 'exit' && reason?.type !== undefined ? { reason: reason.type } : {}),
    }
    const key = JSON.stringify(labels)
    const known = this.#events.get(key)
    if (known) known.count++
    else this.#events.set(key, { labels, count: 1 })
  }

  get events() {
    return this.#events.values()
  }

  exited(worker: Worker): void {
    this.#counted.add(worker)
    if (worker.vitals) add(this.#gone, worker.group, worker.slot, worker.vitals)
  }

  /** Of all workers that ever served in a slot. */
  slots(groups: readonly Group[]): (group: string, slot: number) => SlotTotals {
    const sums = new Map(this.#gone)
    for (const { group, slot, vitals } of groups.flatMap(({ workers }) => workers.filter(this.#isNew))) {
      if (vitals) add(sums, group, slot, vitals)
    }
    return (group, slot) => sums.get(key(group, slot)) ?? NONE
  }

  forget(group: string): void {
    for (const name of this.#gone.keys()) if (name.startsWith(`${group}/`)) this.#gone.delete(name)
    for (const [name, { labels }] of this.#events) if (labels.group === group) this.#events.delete(name)
  }
}

function key(group: string, slot: number): string {
  return `${group}/${slot}`
}

const NONE: SlotTotals = { accepted: 0, requests: 0 }

function add(sums: Map<string, SlotTotals>, group: string, slot: number, more: SlotTotals): void {
  const { accepted, requests } = sums.get(key(group, slot)) ?? NONE
  sums.set(key(group, slot), { accepted: accepted + more.accepted, requests: requests + more.requests })
}
