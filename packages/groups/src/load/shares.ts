/** What is told to a worker. */
interface Limited {
  readonly slot: number
  /** Returns how many limits it has been told by now. */
  limit(connections: number | null): number
}

/** What a worker says of its limit. */
export interface Word {
  /** How many limits it has been told. */
  readonly limits: number
  readonly connections: number
}

interface Member {
  readonly worker: Limited
  /** The share that it was told last. */
  told: number
  /** How many limits it had been told then. */
  limits: number
  /** Whether it has read what it was told last. */
  heard: boolean
  /** How many connections it has at the most: it may not have read yet that its share is smaller now. */
  atMost: number
}

/**
 * Divides the connections of a group among workers that accept by themselves, evenly. What one has beyond its share
 * (a sibling was gone, and it did the work of two) is missing from another's, so that at no time there are more than
 * the limit. With fewer connections than workers, some get none.
 */
export class Shares {
  #limit: number | null
  /** Of each slot: a worker that is replaced does not count any more. */
  readonly #members = new Map<number, Member>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** From now on this worker accepts. It is told its share at once, which may be none as yet. */
  add(worker: Limited): void {
    const member = { worker, told: 0, limits: 0, heard: false, atMost: 0 }
    this.#members.set(worker.slot, member)
    if (this.#limit === null) worker.limit(null)
    else this.#divide()
    // It must not take that there is no limit.
    if (this.#limit !== null && member.limits === 0) tell(member, 0)
  }

  remove(worker: Limited): void {
    if (!this.#has(worker)) return
    this.#members.delete(worker.slot)
    this.#divide()
  }

  /** It has read its limit, or has fewer connections than before. */
  heard(worker: Limited, { limits, connections }: Word): void {
    const member = this.#members.get(worker.slot)
    if (member?.worker !== worker || limits !== member.limits) return
    member.heard = true
    const atMost = Math.max(member.told, connections)
    if (atMost === member.atMost) return
    member.atMost = atMost
    this.#divide()
  }

  /** Whether every worker has read its share: before, what it says of itself is about another. */
  get areKnown(): boolean {
    return [...this.#members.values()].every(({ heard }) => heard)
  }

  /** There is no limit any more. */
  lift(): void {
    this.#limit = null
    for (const { worker } of this.#members.values()) worker.limit(null)
  }

  #has(worker: Limited): boolean {
    return this.#members.get(worker.slot)?.worker === worker
  }

  #divide(): void {
    if (this.#limit === null) return
    const members = [...this.#members.values()].sort((one, other) => one.worker.slot - other.worker.slot)
    const even = Math.floor(this.#limit / members.length)
    const more = this.#limit % members.length
    const shares = members.map((member, index) => ({ member, share: index < more ? even + 1 : even }))
    for (const { member, share } of shares) if (share < member.told) tell(member, share)
    let free = this.#limit - members.reduce((sum, { atMost }) => sum + atMost, 0)
    for (const { member, share } of shares) {
      const grown = Math.min(share, member.atMost + Math.max(0, free))
      if (grown <= member.told) continue
      free -= Math.max(0, grown - member.atMost)
      tell(member, grown)
    }
  }
}

function tell(member: Member, share: number): void {
  member.told = share
  member.heard = false
  member.atMost = Math.max(member.atMost, share)
  member.limits = member.worker.limit(share)
}
