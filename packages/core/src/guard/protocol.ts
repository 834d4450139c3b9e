import type { WireAddress, WireError } from '../ipc/protocol.js'

/** Raised with every change that the other side must know. A guardian outlives releases: it and its masters must agree. */
export const GUARD_VERSION = 1

/** The environment variable that carries `GuardBoot`. The master removes it as soon as it has read it. */
export const GUARD_VARIABLE = 'MANIFOLD_GUARDIAN'

/** What a master that has a guardian must know. Passed in the environment as JSON. */
export interface GuardBoot {
  readonly version: number
  /** The number of this life of the master, from 1. */
  readonly generation: number
  /** Whether another master serves as this one starts, whose place it is to take. */
  readonly beside?: boolean
  /**
   * The descriptor of the lifeline. All workers inherit it. It ends when they are no longer needed though their master
   * is gone, or when the guardian is gone.
   */
  readonly lifeline: number
  /** How often the master says that it lives, in ms. */
  readonly beatMs: number
  /** If set, a thread writes to that descriptor what the event loop hangs in, when it has hung for so long. */
  readonly watchdog: { readonly fd: number; readonly hangMs: number } | undefined
  /** The sockets that systemd passed to the guardian: it passes them on under the same descriptors. */
  readonly inherited: readonly { readonly fd: number; readonly name: string }[]
  /** How the loss of the guardian is told to people. The supervisor of the master reads it. */
  readonly alerts: unknown
}

/** What is kept of a held socket beside its handle. */
export interface Deposit {
  /** Chosen by the master that deposits it, different from all others: `generation.number`. */
  readonly id: string
  /** What was asked for: the address, or the group and name of a port that the system chose. */
  readonly key: string
  /** Sockets that share an address (SO_REUSEPORT) are told apart by this, from 0. */
  readonly lane: number
  readonly address: WireAddress
  readonly backlog: number
  readonly ipv6Only: boolean
  /** Whether further sockets may be bound to its address. */
  readonly reusePort: boolean
  /** A Unix socket has a `lock` beside it, under the same id: the name that says that its path is owned. */
  readonly part: 'socket' | 'lock'
}

/** What a guardian says to its master. */
export type GuardianMessage =
  /** Comes with a handle: a socket, or a lock, that a master before has left. */
  | { readonly t: 'stored'; readonly deposit: Deposit }
  /** That was all. */
  | { readonly t: 'storedAll' }
  /** Drain and end. After `replace` a successor serves: clients may be waited for. */
  | { readonly t: 'stop'; readonly cause: 'stop' | 'replace' }

/** What a master says to its guardian. */
export type GuardedMessage =
  | { readonly t: 'hello'; readonly version: number }
  /** Comes with a handle. */
  | { readonly t: 'deposit'; readonly deposit: Deposit }
  /** Uses what was stored under that id. */
  | { readonly t: 'take'; readonly id: string }
  /** Holds it no more: a group was removed, or a port was given back. */
  | { readonly t: 'withdraw'; readonly id: string }
  /** It starts its groups. `drainTimeoutMs` as in `settled`: a part of them may serve already when it fails. */
  | { readonly t: 'begun'; readonly drainTimeoutMs: number }
  /** All groups are ready. `drainTimeoutMs` is the longest that a worker of it may drain. */
  | { readonly t: 'settled'; readonly drainTimeoutMs: number }
  /** It could not start, and ends. */
  | { readonly t: 'failed'; readonly error: WireError }
  | { readonly t: 'beat' }
  /** It begins to stop, because it was told to or by itself: what it holds stays with the guardian. */
  | { readonly t: 'stopping' }
  /** Somebody should know of this. `recovered` is the end of a trouble of that kind and subject. */
  | {
      readonly t: 'alert'
      readonly kind: string
      readonly subject: string
      readonly recovered: boolean
      readonly text: string
      readonly data: Readonly<Record<string, unknown>>
    }
  /** A new master is to take over, as if the guardian had been asked. */
  | { readonly t: 'upgrade' }
