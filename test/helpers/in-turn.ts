import type { Policy, PolicyMember } from '@manifold/groups'

/** A policy such as an application may bring: the next member in turn that is free. */
export class InTurn implements Policy {
  readonly #members: PolicyMember[] = []
  #last = -1

  add(member: PolicyMember): void {
    this.#members.push(member)
  }

  remove(member: PolicyMember): void {
    this.#members.splice(this.#members.indexOf(member), 1)
  }

  pick(): PolicyMember | undefined {
    for (let tried = 0; tried < this.#members.length; tried++) {
      this.#last = (this.#last + 1) % this.#members.length
      const member = this.#members[this.#last]
      if (member?.free) return member
    }
    return undefined
  }
}
