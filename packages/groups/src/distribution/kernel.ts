import type { SocketAddress } from '@manifold/core'
import type { HeldSocket } from '@manifold/core/internal'
import { log } from '@manifold/core/internal'
import type { Distribution, Seat } from './distribution.js'

const debug = log('adoption')

/** The socket of one slot. */
interface Lane {
  readonly slot: number
  readonly held: HeldSocket
  /** Who serves in the slot. */
  owner: Seat | undefined
  /** Who accepts on it while nobody serves in the slot. */
  adopter: Seat | undefined
}

/**
 * Every slot has a SO_REUSEPORT socket of its own, and the kernel spreads the connections over them. The kernel goes
 * on to give a socket its share when nobody accepts on it. So a slot's socket never waits for its worker: as soon as
 * the slot is not served, a sibling adopts its socket, and hands it back when it is served again.
 */
export class KernelDistribution implements Distribution {
  readonly #first: HeldSocket
  readonly #lanes = new Map<number, Lane>()
  #closed = false

  /** @param first bound with SO_REUSEPORT; becomes the socket of the slot that comes first. */
  constructor(first: HeldSocket) {
    this.#first = first
  }

  get address(): SocketAddress {
    return this.#first.address
  }

  add(seat: Seat): number {
    const lane = this.#lane(seat.slot)
    lane.owner = seat
    this.#attach(seat, lane)
    for (const other of this.#lanes.values()) this.#findAdopter(other)
    return 0
  }

  remove(seat: Seat): void {
    const left: Lane[] = []
    for (const lane of this.#lanes.values()) {
      if (lane.owner === seat) lane.owner = undefined
      else if (lane.adopter === seat) lane.adopter = undefined
      else continue
      left.push(lane)
    }
    for (const lane of left) this.#findAdopter(lane)
  }

  close(): void {
    this.#closed = true
    this.#first.close()
    for (const { held } of this.#lanes.values()) held.close()
  }

  #lane(slot: number): Lane {
    let lane = this.#lanes.get(slot)
    if (!lane) {
      const held = this.#lanes.size === 0 ? this.#first : this.#first.bindAnother()
      lane = { slot, held, owner: undefined, adopter: undefined }
      this.#lanes.set(slot, lane)
    }
    return lane
  }

  /** Lends the lane's socket to the sibling with the fewest, if nobody accepts on it. */
  #findAdopter(lane: Lane): void {
    if (this.#closed || lane.owner || lane.adopter) return
    for (const seat of this.#byLoad()) {
      if (!this.#attach(seat, lane)) continue
      lane.adopter = seat
      debug('slot %d of %o is adopted by worker %d', lane.slot, this.address, seat.worker.id)
      return
    }
  }

  /** Who serves in a slot of its own, those first who adopted the fewest. */
  #byLoad(): Seat[] {
    const lanes = [...this.#lanes.values()]
    const adopted = (seat: Seat) => lanes.filter(({ adopter }) => adopter === seat).length
    return lanes.flatMap(({ owner }) => owner ?? []).toSorted((one, other) => adopted(one) - adopted(other))
  }

  /** False if the worker is out of reach; whoever watches it will remove its seat. */
  #attach(seat: Seat, lane: Lane): boolean {
    try {
      seat.worker.attach(seat.listener, lane.slot, lane.held.handle, (arrived) => {
        if (!arrived) this.#lost(lane, seat)
        // Not before now may the adopter let go. If the worker never gets ready, its end tells.
        else seat.worker.started.then(() => this.#handBack(lane, seat)).catch(() => {})
      })
      return true
    } catch (error) {
      debug('slot %d not attached to worker %d: %o', lane.slot, seat.worker.id, error)
      return false
    }
  }

  /** The slot's own worker accepts on its socket. */
  #handBack(lane: Lane, seat: Seat): void {
    const { owner, adopter } = lane
    if (owner !== seat || !adopter) return
    lane.adopter = undefined
    adopter.worker.detach(adopter.listener, lane.slot)
  }

  /** The socket did not arrive: the worker died, which its exit will tell too, or it is out of descriptors. */
  #lost(lane: Lane, seat: Seat): void {
    if (lane.owner !== seat && lane.adopter !== seat) return
    if (seat.worker.connected) void seat.worker.drain('replace')
  }
}
