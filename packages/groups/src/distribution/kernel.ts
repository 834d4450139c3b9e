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

  /** @param first bound with SO_REUSEPORT; becomes the socket of the slot that comes first. */
  constructor(first: HeldSocket) {
    this.#first = first
  }

  get address(): SocketAddress {
    return this.#first.address
  }

  add(seat: Seat): number {
    const lane = this.#lane(seat.slot)
    const { adopter } = lane
    lane.owner = seat
    lane.adopter = undefined
    if (!this.#attach(seat, lane)) return 0
    if (adopter) adopter.worker.detach(adopter.listener, lane.slot)
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
    if (lane.owner || lane.adopter) return
    const seat = this.#leastLaden()
    if (!seat) return
    lane.adopter = seat
    debug('slot %d of %o is adopted by worker %d', lane.slot, this.address, seat.worker.id)
    this.#attach(seat, lane)
  }

  #leastLaden(): Seat | undefined {
    const load = new Map<Seat, number>()
    for (const { owner } of this.#lanes.values()) if (owner?.worker.connected) load.set(owner, 0)
    for (const { adopter } of this.#lanes.values()) {
      if (adopter && load.has(adopter)) load.set(adopter, load.get(adopter)! + 1)
    }
    let least: Seat | undefined
    for (const [seat, count] of load) if (!least || count < load.get(least)!) least = seat
    return least
  }

  /** False if the worker is out of reach; whoever watches it will remove its seat. */
  #attach(seat: Seat, lane: Lane): boolean {
    try {
      seat.worker.attach(seat.listener, lane.slot, lane.held.handle, () => this.#lost(seat, lane))
      return true
    } catch (error) {
      debug('slot %d not attached to worker %d: %o', lane.slot, seat.worker.id, error)
      return false
    }
  }

  /** The socket did not arrive: the worker died, which its exit will tell too, or it is out of descriptors. */
  #lost(seat: Seat, lane: Lane): void {
    if (lane.owner !== seat && lane.adopter !== seat) return
    if (seat.worker.connected) void seat.worker.drain('replace')
  }
}
