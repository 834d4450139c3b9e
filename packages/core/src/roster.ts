import { ownerOf } from './rendezvous.js'

/** A worker, as those who choose between workers know it. */
export interface Member {
  readonly id: number
  readonly slot: number
}

/** Which worker is meant: any, the one in a slot, or the one that has the key. */
export interface Choice {
  readonly slot?: number | undefined
  readonly key?: string | undefined
}

/** The workers of one group that are ready, and the choice of one of them. */
export class Roster<M extends Member> {
  readonly #members = new Map<number, M>()
  #turn = 0

  get size(): number {
    return this.#members.size
  }

  get members(): Iterable<M> {
    return this.#members.values()
  }

  add(member: M): void {
    this.#members.set(member.id, member)
  }

  remove(id: number): void {
    this.#members.delete(id)
  }

  /** Undefined if there is none. `except` are those that are known to be of no use, by id. */
  pick({ slot, key }: Choice, except?: ReadonlySet<number>): M | undefined {
    const candidates: M[] = []
    for (const member of this.#members.values()) {
      if (!except?.has(member.id) && (slot === undefined || member.slot === slot)) candidates.push(member)
    }
    // While it changes hands it may have two: the later one.
    if (slot !== undefined) return candidates.at(-1)
    if (key !== undefined) return ownerOf(key, candidates)
    return candidates[this.#turn++ % candidates.length]
  }
}
