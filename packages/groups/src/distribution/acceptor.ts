import type { Clock } from '@manifold/core'
import { type HeldSocket, log, type StreamHandle } from '@manifold/core/internal'
import type { Seat } from './seat.js'

const debug = log('accept')

/** How soon it is tried again to get a copy of the socket, if no worker could send one back. */
const RETRY_MS = 50

/**
 * Accepts on a held socket, and can leave off. libuv cannot: it accepts on a handle until that is closed. So this
 * accepts on a copy, which workers are good for (`copy`), and closes that when nobody can take a connection. What
 * comes then waits in the kernel, for as long as the socket is held.
 */
export class Acceptor {
  readonly #held: HeldSocket
  readonly #clock: Clock
  readonly #accepted: (connection: StreamHandle) => void
  readonly #carriers: () => readonly Seat[]
  #copy: StreamHandle | undefined
  #opening: Promise<number> | undefined
  /** Whether the system has let us listen once. */
  #listened = false
  #wanted = false

  /** @param carriers who may send a copy of the socket back, the best first. */
  constructor(
    held: HeldSocket,
    clock: Clock,
    carriers: () => readonly Seat[],
    accepted: (connection: StreamHandle) => void,
  ) {
    this.#held = held
    this.#clock = clock
    this.#carriers = carriers
    this.#accepted = accepted
  }

  get open(): boolean {
    return this.#copy !== undefined
  }

  /** Whether it has accepted before: then to start again cannot fail. */
  get listened(): boolean {
    return this.#listened
  }

  /** Begins to accept. 0, or the error number of the first attempt to listen; once that went well, at once. */
  start(): number | Promise<number> {
    this.#wanted = true
    if (this.#copy) return 0
    this.#opening ??= this.#start().finally(() => {
      this.#opening = undefined
      if (this.#wanted && !this.#copy) void this.start()
    })
    return this.#listened ? 0 : this.#opening
  }

  /** Leaves off. */
  pause(): void {
    this.#wanted = false
    this.#copy?.close()
    this.#copy = undefined
  }

  async #start(): Promise<number> {
    // Also while nobody reads: a worker that is busy as its server begins to listen will be good for a copy later.
    while (this.#wanted) {
      for (const { worker } of this.#carriers()) {
        const copy = await worker.copy(this.#held.handle as StreamHandle)
        if (!this.#wanted) {
          copy?.close()
          return 0
        }
        if (copy) return this.#listen(copy)
      }
      await new Promise<void>((resolve) => {
        this.#clock.after(RETRY_MS, resolve)
      })
    }
    return 0
  }

  #listen(copy: StreamHandle): number {
    copy.onconnection = (status, connection) => {
      if (status === 0 && connection) this.#accepted(connection)
      else debug('accept on %o failed: %d', this.#held.address, status)
    }
    const errno = copy.listen(this.#held.backlog)
    if (errno !== 0) {
      this.#wanted = false
      copy.close()
      return errno
    }
    this.#listened = true
    this.#copy = copy
    return 0
  }
}
