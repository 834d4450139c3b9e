import type { Strategy } from './policy.js'

/** One after the other, leaving out who cannot take one now. */
export class RoundRobin<Member> implements Strategy<Member> {
  readonly binds = false
  readonly #members: Member[] = []
  #next = 0

  add(member: Member): void {
    this.#members.push(member)
  }

  remove(member: Member): void {
    const at = this.#members.indexOf(member)
    if (at < 0) return
    this.#members.splice(at, 1)
    if (at < this.#next) this.#next--
  }

  pick(_connection: unknown, free: (member: Member) => boolean): Member | undefined {
    const count = this.#members.length
    for (let step = 0; step < count; step++) {
      const at = (this.#next + step) % count
      const member = this.#members[at] as Member
      if (!free(member)) continue
      this.#next = (at + 1) % count
      return member
    }
    return undefined
  }
}
