import type { Strategy } from './policy.js'

/** Whoever has the fewest connections; of several, the one whose turn is longest ago. */
export class LeastConnections<Member extends { readonly load: number }> implements Strategy<Member> {
  readonly binds = false
  /** Who took one last is last. */
  readonly #members = new Set<Member>()

  add(member: Member): void {
    this.#members.add(member)
  }

  remove(member: Member): void {
    this.#members.delete(member)
  }

  pick(_connection: unknown, free: (member: Member) => boolean): Member | undefined {
    let best: Member | undefined
    let least = Number.POSITIVE_INFINITY
    for (const member of this.#members) {
      const { load } = member
      if (load >= least || !free(member)) continue
      best = member
      least = load
    }
    if (best) {
      this.#members.delete(best)
      this.#members.add(best)
    }
    return best
  }
}
