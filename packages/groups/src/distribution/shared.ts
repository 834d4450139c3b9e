import type { Clock, SocketAddress } from '@manifold/core'
import type { HeldSocket, StreamHandle } from '@manifold/core/internal'
import { Balance } from './balance.js'
import type { Distribution } from './distribution.js'
import { Lending } from './lending.js'
import type { Seat } from './seat.js'

/**
 * All workers accept on one socket (or read one UDP socket); whoever is first serves. There may be several of one address,
 * which another policy had before: then all accept on each.
 */
export class SharedDistribution implements Distribution {
  readonly held: readonly [HeldSocket, ...HeldSocket[]]
  readonly #balance: Balance
  readonly #lending: Lending

  constructor(held: readonly [HeldSocket, ...HeldSocket[]], clock: Clock) {
    this.held = held
    this.#balance = new Balance(clock)
    this.#lending = new Lending(clock)
  }

  get address(): SocketAddress {
    return this.held[0].address
  }

  get workersAccept(): boolean {
    return this.address.type !== 'udp'
  }

  get waiting(): number {
    return this.#balance.waiting
  }

  add(seat: Seat): number {
    this.#attach(seat)
    if (this.workersAccept) this.#balance.add(seat)
    return 0
  }

  #attach({ worker, listener }: Seat): void {
    for (const [source, { handle }] of this.held.entries()) {
      const sent = this.#lending.sending()
      worker.attach(listener, source, handle, (arrived) => {
        sent()
        // A worker that cannot receive a socket (it is out of descriptors) cannot serve.
        if (!arrived && worker.connected) void worker.drain('replace')
      })
    }
  }

  /** The worker closes its own copy; what waits in the queue is the others'. */
  remove(seat: Seat): void {
    this.#lending.freed(seat)
    this.#balance.remove(seat)
  }

  /** The others accept on the same socket. */
  suspend(seat: Seat): void {
    this.#balance.suspend(seat)
  }

  resume(seat: Seat): void {
    this.#balance.resume(seat)
  }

  filled(seat: Seat): void {
    this.#lending.filled(seat)
    this.#balance.suspend(seat)
  }

  /** What was accepted for it before goes first. */
  freed(seat: Seat): void {
    if (!this.#lending.freed(seat) || !seat.worker.connected) return
    this.#balance.resume(seat)
    this.#attach(seat)
  }

  counted(): void {
    this.#balance.counted()
  }

  returned(connection: StreamHandle): void {
    this.#balance.returned(connection)
  }

  /** Workers that were full accept what the kernel has queued. */
  finish(): Promise<void> {
    return this.#lending.finish()
  }

  close(): void {
    for (const held of this.held) held.close()
    this.#balance.close()
  }
}
