/** A connection that the master has accepted, as a policy sees it. */
export interface Connection {
  /** The client's address; an IPv4 address is written as one, also on an IPv6 socket. Undefined on a Unix socket. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
}

/** A worker's server, as a policy sees it. The same object from `add` to `remove`. */
export interface PolicyMember {
  /** The number of the worker, different for every one that the master ever started. */
  readonly id: number
  readonly slot: number
  /** Connections that it has open, and those that are on their way to it. */
  readonly connections: number
  /**
   * Whether it takes a connection now. One that is stopped, busy or full does not; nor is one that is overloaded free
   * while another is.
   */
  readonly free: boolean
}

/**
 * A policy of the application's own: chooses who gets a connection that the master has accepted. It runs in the
 * master and must return at once. What it throws is an uncaught exception there; the connection goes to whoever has
 * the fewest.
 */
export interface Policy {
  add(member: PolicyMember): void
  remove(member: PolicyMember): void
  /** A member, which gets this connection even if it has to wait for it; or undefined: to be asked again soon. */
  pick(connection: Connection): PolicyMember | undefined
}

/** How a policy of ours, or what makes one of the application's, is asked. Pure: it knows members, not sockets. */
export interface Strategy<Member> {
  /** Whether a connection is for that one member, and waits for it; otherwise for anyone who is free first. */
  readonly binds: boolean
  add(member: Member): void
  remove(member: Member): void
  pick(connection: KeyedConnection, free: (member: Member) => boolean): Member | undefined
}

export interface KeyedConnection extends Connection {
  /** What the connections of one client have in common, for `sticky`; undefined if nothing is known. */
  readonly key: string | undefined
}
