import { hashOf, rankOf } from './rendezvous.js'

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
    if (slot !== undefined) return newest(candidates)
    if (key !== undefined) return owner(candidates, key)
    return candidates[this.#turn++ % candidates.length]
  }
}

/** While a slot changes hands it may have two. */
function newest<M extends Member>(candidates: readonly M[]): M | undefined {
  return candidates.reduce<M | undefined>((last, one) => (last && last.id > one.id ? last : one), undefined)
}

function owner<M extends Member>(candidates: readonly M[], key: string): M | undefined {
  const hash = hashOf(key)
  let best: M | undefined
  let highest = -1
  for (const member of candidates) {
    const rank = rankOf(hash, member.slot)
    if (rank < highest || (rank === highest && best && best.id > member.id)) continue
    best = member
    highest = rank
  }
  return best
}
