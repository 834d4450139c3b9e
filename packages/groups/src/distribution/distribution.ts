import type { SocketAddress } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'

/** A server of a worker that listens on a socket of its group. */
export interface Seat {
  readonly worker: WorkerProcess
  /** The number of the listener within its worker. */
  readonly listener: number
  readonly slot: number
}

/** How the connections of one held socket reach the workers of a group. */
export interface Distribution {
  readonly address: SocketAddress
  /** From now on connections may go to this seat. Returns 0 or a negative error number. */
  add(seat: Seat): number
  /** No more connections for this seat: it died, drains, or closed its server. Unknown seats are ignored. */
  remove(seat: Seat): void
  /** Gives the address back. */
  close(): void
}
