import type { SocketAddress } from '@manifold/core'
import type { HeldSocket, StreamHandle } from '@manifold/core/internal'
import type { Seat } from './seat.js'

/** How the connections of one held socket reach the workers of a group. Unknown seats are ignored. */
export interface Distribution {
  readonly address: SocketAddress
  /** Whether workers accept connections by themselves. */
  readonly workersAccept: boolean
  /** The sockets that share the address. */
  readonly held: readonly HeldSocket[]
  /** Connections that are with the master, and on their way to nobody. */
  readonly waiting: number
  /** From now on connections may go to this seat. 0, or a negative error number. */
  add(seat: Seat): number | Promise<number>
  /** No more connections for this seat: it died, drains, or closed its server. */
  remove(seat: Seat): void
  /** Its worker has fallen silent. What it was to take must not wait for it. */
  suspend(seat: Seat): void
  /** Its worker was heard again. */
  resume(seat: Seat): void
  /** Its worker has all the connections that it may, and has let go of its sockets. */
  filled(seat: Seat): void
  /** Its worker may have more again. */
  freed(seat: Seat): void
  /** Its worker has said how many connections it has open. */
  counted(seat: Seat): void
  /** Its worker has accepted a connection that another should have. */
  returned(connection: StreamHandle): void
  /** Before the end: sees to it that what the kernel has queued is accepted. Bounded in time. */
  finish?(): Promise<void>
  /** Gives the address back. */
  close(): void
}
