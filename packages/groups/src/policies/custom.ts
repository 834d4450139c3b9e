import { throwLater } from '@manifold/core/internal'
import { LeastConnections } from './least-connections.js'
import type { Connection, KeyedConnection, Policy, PolicyMember, Strategy } from './policy.js'

/** What a custom policy must know of a member. */
export interface Choosable {
  readonly slot: number
  readonly load: number
  readonly worker: { readonly id: number }
}

/**
 * Asks a policy of the application's. Its mistakes are uncaught exceptions, as those of any listener; but no client
 * has to pay for them.
 */
export class Custom<Member extends Choosable> implements Strategy<Member> {
  readonly binds = true
  readonly #policy: Policy
  readonly #free: (member: Member) => boolean
  readonly #shown = new Map<Member, PolicyMember>()
  readonly #members = new Map<PolicyMember, Member>()
  readonly #fallback = new LeastConnections<Member>()

  /** @param free whether a member takes a connection at this moment. */
  constructor(policy: Policy, free: (member: Member) => boolean) {
    this.#policy = policy
    this.#free = free
  }

  add(member: Member): void {
    const shown = show(member, this.#free)
    this.#shown.set(member, shown)
    this.#members.set(shown, member)
    this.#fallback.add(member)
    this.#ask(() => this.#policy.add(shown))
  }

  remove(member: Member): void {
    const shown = this.#shown.get(member)
    if (!shown) return
    this.#shown.delete(member)
    this.#members.delete(shown)
    this.#fallback.remove(member)
    this.#ask(() => this.#policy.remove(shown))
  }

  pick(connection: KeyedConnection, free: (member: Member) => boolean): Member | undefined {
    const { remoteAddress, remotePort } = connection
    const asked: Connection = { remoteAddress, remotePort }
    const answer = this.#ask(() => this.#choose(asked))
    if (!answer) return this.#fallback.pick(connection, free)
    // Whom it chose may be out of reach; it will choose again.
    return answer.chosen && free(answer.chosen) ? answer.chosen : undefined
  }

  #choose(connection: Connection): { chosen: Member | undefined } {
    const shown = this.#policy.pick(connection)
    if (shown === undefined) return { chosen: undefined }
    const chosen = this.#members.get(shown)
    if (chosen) return { chosen }
    throw new TypeError(
      'pick() of a policy must return a member that was added and not removed, or undefined',
    )
  }

  #ask<T>(call: () => T): T | undefined {
    try {
      return call()
    } catch (error) {
      throwLater(error)
      return undefined
    }
  }
}

function show<Member extends Choosable>(member: Member, free: (member: Member) => boolean): PolicyMember {
  return {
    id: member.worker.id,
    slot: member.slot,
    get connections() {
      return member.load
    },
    get free() {
      return free(member)
    },
  }
}
