import type { StreamHandle } from '@manifold/core/internal'

/**
 * Chooses who gets a connection that the master accepted. Pure: it knows members, not sockets. `free` tells whether
 * a member can take one more now; undefined means that the connection waits.
 */
export interface Policy<Member> {
  add(member: Member): void
  remove(member: Member): void
  pick(connection: StreamHandle, free: (member: Member) => boolean): Member | undefined
}
