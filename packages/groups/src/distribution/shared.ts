import type { Clock, SocketAddress } from '@manifold/core'
import type { HeldSocket, StreamHandle } from '@manifold/core/internal'
import { Balance } from './balance.js'
import type { Distribution } from './distribution.js'
import type { Seat } from './seat.js'

/** All workers accept on one socket (or read one UDP socket); whoever is first serves. */
export class SharedDistribution implements Distribution {
  readonly #held: HeldSocket
  readonly #balance: Balance

  constructor(held: HeldSocket, clock: Clock) {
    this.#held = held
    this.#balance = new Balance(clock)
  }

  get address(): SocketAddress {
    return this.#held.address
  }

  get held(): readonly HeldSocket[] {
    return [this.#held]
  }

  get waiting(): number {
    return this.#balance.waiting
  }

  add(seat: Seat): number {
    const { worker, listener } = seat
    // A worker that cannot receive a socket (it is out of descriptors) cannot serve.
    worker.attach(listener, 0, this.#held.handle, (arrived) => {
      if (!arrived && worker.connected) void worker.drain('replace')
    })
    if (this.address.type !== 'udp') this.#balance.add(seat)
    return 0
  }

  /** The worker closes its own copy; what waits in the queue is the others'. */
  remove(seat: Seat): void {
    this.#balance.remove(seat)
  }

  /** The others accept on the same socket. */
  suspend(seat: Seat): void {
    this.#balance.suspend(seat)
  }

  resume(seat: Seat): void {
    this.#balance.resume(seat)
  }

  counted(): void {
    this.#balance.counted()
  }

  returned(connection: StreamHandle): void {
    this.#balance.returned(connection)
  }

  close(): void {
    this.#held.close()
    this.#balance.close()
  }
}
