import { ownerOf } from '@manifold/core/internal'
import { LeastConnections } from './least-connections.js'
import type { KeyedConnection, Strategy } from './policy.js'

/**
 * The same client to the same slot. Each slot has a rank for each client, and the highest that is free wins: so a
 * slot that is lost moves its own clients only, each to another one, and gets them back when it is served again.
 */
export class Sticky<Member extends { readonly slot: number; readonly load: number }>
  implements Strategy<Member>
{
  readonly binds = true
  readonly #members = new Set<Member>()
  /** For clients of which nothing is known. */
  readonly #others = new LeastConnections<Member>()

  add(member: Member): void {
    this.#members.add(member)
    this.#others.add(member)
  }

  remove(member: Member): void {
    this.#members.delete(member)
    this.#others.remove(member)
  }

  pick(connection: KeyedConnection, free: (member: Member) => boolean): Member | undefined {
    const { key } = connection
    if (key === undefined) return this.#others.pick(connection, free)
    return ownerOf(key, [...this.#members].filter(free))
  }
}
