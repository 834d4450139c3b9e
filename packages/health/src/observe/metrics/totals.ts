import type { Worker } from '@manifold/groups'
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
  readonly #gone = new Map<string, { accepted: number; requests: number }>()
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

  exited({ group, slot, vitals }: Worker): void {
    if (!vitals) return
    const { accepted, requests } = this.#gone.get(key(group, slot)) ?? { accepted: 0, requests: 0 }
    this.#gone.set(key(group, slot), {
      accepted: accepted + vitals.accepted,
      requests: requests + vitals.requests,
    })
  }

  /** Of all workers that ever served in a slot; `workers` are those that live. */
  of(group: string, slot: number, workers: readonly Worker[]): SlotTotals {
    let { accepted, requests } = this.#gone.get(key(group, slot)) ?? { accepted: 0, requests: 0 }
    for (const { state, vitals } of workers) {
      // Those that have exited are counted.
      if (state === 'exited' || !vitals) continue
      accepted += vitals.accepted
      requests += vitals.requests
    }
    return { accepted, requests }
  }

  forget(group: string): void {
    for (const name of this.#gone.keys()) if (name.startsWith(`${group}/`)) this.#gone.delete(name)
    for (const [name, { labels }] of this.#events) if (labels.group === group) this.#events.delete(name)
  }
}

function key(group: string, slot: number): string {
  return `${group}/${slot}`
}
