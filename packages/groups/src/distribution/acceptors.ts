import type { Clock } from '@manifold/core'
import type { HeldSocket, StreamHandle } from '@manifold/core/internal'
import { Acceptor } from './acceptor.js'
import type { Seat } from './seat.js'

/** Accepts on all held sockets of one address, of which there may be several from another life. */
export class Acceptors {
  readonly #all: readonly Acceptor[]

  /** See `Acceptor`. */
  constructor(
    held: readonly HeldSocket[],
    clock: Clock,
    carriers: () => readonly Seat[],
    accepted: (connection: StreamHandle) => void,
  ) {
    this.#all = held.map((one) => new Acceptor(one, clock, carriers, accepted))
  }

  get open(): boolean {
    return this.#all.some(({ open }) => open)
  }

  get listened(): boolean {
    return this.#all.every(({ listened }) => listened)
  }

  start(): number | Promise<number> {
    const results = this.#all.map((acceptor) => acceptor.start())
    const atOnce = results.filter((result) => typeof result === 'number')
    return atOnce.length === results.length ? failure(atOnce) : Promise.all(results).then(failure)
  }

  pause(): void {
    for (const acceptor of this.#all) acceptor.pause()
  }
}

/** 0 if nothing failed. */
function failure(results: readonly number[]): number {
  return results.find((errno) => errno !== 0) ?? 0
}
