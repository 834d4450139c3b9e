import type { SocketAddress } from '@manifold/core'
import type { HeldSocket } from '@manifold/core/internal'
import type { Distribution, Seat } from './distribution.js'

/** All workers accept on one socket (or read one UDP socket); whoever is first serves. */
export class SharedDistribution implements Distribution {
  readonly #held: HeldSocket

  constructor(held: HeldSocket) {
    this.#held = held
  }

  get address(): SocketAddress {
    return this.#held.address
  }

  add({ worker, listener }: Seat): number {
    // A worker that cannot receive a socket (it is out of descriptors) cannot serve.
    worker.attach(listener, 0, this.#held.handle, (arrived) => {
      if (!arrived) void worker.drain('replace')
    })
    return 0
  }

  /** The worker closes its own copy; what waits in the queue is the others'. */
  remove(): void {}

  close(): void {
    this.#held.close()
  }
}
