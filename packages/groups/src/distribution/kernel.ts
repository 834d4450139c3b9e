import type { Clock, SocketAddress } from '@manifold/core'
import { type HeldSocket, log, type StreamHandle } from '@manifold/core/internal'
import { Balance } from './balance.js'
import type { Distribution } from './distribution.js'
import { Lending } from './lending.js'
import type { Seat } from './seat.js'

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
 * the slot is not served, or its worker has fallen silent, a sibling adopts its socket, and hands it back when it is
 * served again. So it is with the socket of a worker that has all the connections that it may. The socket of a slot that
 * was removed stays with a sibling: to close it would reset what it has queued.
 */
export class KernelDistribution implements Distribution {
  readonly #first: HeldSocket
  readonly #balance: Balance
  readonly workersAccept = true
  readonly #lanes = new Map<number, Lane>()
  readonly #silent = new Set<Seat>()
  readonly #lending: Lending
  #closed = false

  /**
   * @param held bound with SO_REUSEPORT. One alone becomes the socket of the slot that comes first. Several are from another
   *   life: each is that of a slot, which may no longer exist.
   */
  constructor(held: readonly [HeldSocket, ...HeldSocket[]], clock: Clock) {
    this.#first = held[0]
    this.#balance = new Balance(clock)
    this.#lending = new Lending(clock)
    if (held.length === 1) return
    for (const [slot, one] of held.entries())
      this.#lanes.set(slot, { slot, held: one, owner: undefined, adopter: undefined })
  }

  get address(): SocketAddress {
    return this.#first.address
  }

  get held(): readonly HeldSocket[] {
    const lanes = [...this.#lanes.values()].map(({ held }) => held)
    return lanes.length > 0 ? lanes : [this.#first]
  }

  get waiting(): number {
    return this.#balance.waiting
  }

  add(seat: Seat): number {
    const lane = this.#lane(seat.slot)
    lane.owner = seat
    this.#attach(seat, lane)
    this.#balance.add(seat)
    this.#findAdopters()
    return 0
  }

  remove(seat: Seat): void {
    this.#silent.delete(seat)
    this.#lending.freed(seat)
    this.#balance.remove(seat)
    for (const lane of this.#lanes.values()) {
      if (lane.owner === seat) lane.owner = undefined
      else if (lane.adopter === seat) lane.adopter = undefined
    }
    this.#findAdopters()
  }

  suspend(seat: Seat): void {
    this.#silent.add(seat)
    this.#passOver(seat)
  }

  resume(seat: Seat): void {
    if (!this.#silent.delete(seat) || this.#lending.isFull(seat)) return
    this.#balance.resume(seat)
    for (const lane of this.#lanes.values()) if (lane.owner === seat) this.#takeBack(lane)
    this.#findAdopters()
  }

  filled(seat: Seat): void {
    this.#lending.filled(seat)
    this.#passOver(seat)
  }

  /** What was accepted for it before goes first. Who accepts on its socket lets go once it has that again. */
  freed(seat: Seat): void {
    if (!this.#lending.freed(seat) || this.#closed) return
    this.#balance.resume(seat)
    for (const lane of this.#lanes.values()) if (lane.owner === seat) this.#attach(seat, lane)
    this.#findAdopters()
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
    this.#closed = true
    this.#first.close()
    for (const { held } of this.#lanes.values()) held.close()
    this.#balance.close()
  }

  /** What others would do, had they the sockets that it has adopted, is for them. */
  #passOver(seat: Seat): void {
    this.#balance.suspend(seat)
    for (const lane of this.#lanes.values()) if (lane.adopter === seat) this.#takeBack(lane)
    this.#findAdopters()
  }

  #accepts(seat: Seat): boolean {
    return !this.#silent.has(seat) && !this.#lending.isFull(seat)
  }

  #lane(slot: number): Lane {
    let lane = this.#lanes.get(slot)
    if (!lane) {
      const held = this.#lanes.size === 0 ? this.#first : this.#first.bindAnother(slot)
      lane = { slot, held, owner: undefined, adopter: undefined }
      this.#lanes.set(slot, lane)
    }
    return lane
  }

  /** Lends each socket on which nobody accepts to the sibling with the least to do. */
  #findAdopters(): void {
    if (this.#closed) return
    for (const lane of this.#lanes.values()) {
      const served = lane.owner && this.#accepts(lane.owner)
      if (!served && !lane.adopter) this.#findAdopter(lane)
    }
  }

  #findAdopter(lane: Lane): void {
    for (const seat of this.#byLoad()) {
      if (!this.#attach(seat, lane)) continue
      lane.adopter = seat
      debug('slot %d of %o is adopted by worker %d', lane.slot, this.address, seat.worker.id)
      return
    }
  }

  /** Who serves in a slot of its own, those first who adopted the fewest, and of them who has the fewest connections. */
  #byLoad(): Seat[] {
    const lanes = [...this.#lanes.values()]
    const adopted = (seat: Seat) => lanes.filter(({ adopter }) => adopter === seat).length
    return lanes
      .flatMap(({ owner }) => (owner && this.#accepts(owner) ? owner : []))
      .map((seat) => ({ seat, adopted: adopted(seat) }))
      .sort((one, other) => one.adopted - other.adopted || one.seat.load - other.seat.load)
      .map(({ seat }) => seat)
  }

  /** False if the worker is out of reach; whoever watches it will remove its seat. */
  #attach(seat: Seat, lane: Lane): boolean {
    const sent = this.#lending.sending()
    try {
      seat.worker.attach(seat.listener, lane.slot, lane.held.handle, (arrived) => {
        sent()
        if (!arrived) this.#lost(lane, seat)
        // Not before now may the adopter let go. If the worker never gets ready, its end tells.
        else seat.worker.started.then(() => this.#handBack(lane, seat)).catch(() => {})
      })
      return true
    } catch (error) {
      sent()
      debug('slot %d not attached to worker %d: %o', lane.slot, seat.worker.id, error)
      return false
    }
  }

  /** The slot's own worker accepts on its socket. */
  #handBack(lane: Lane, seat: Seat): void {
    if (lane.owner === seat && this.#accepts(seat)) this.#takeBack(lane)
  }

  #takeBack(lane: Lane): void {
    const { adopter, slot } = lane
    lane.adopter = undefined
    adopter?.worker.detach(adopter.listener, slot)
  }

  /** The socket did not arrive: the worker died, which its exit will tell too, or it is out of descriptors. */
  #lost(lane: Lane, seat: Seat): void {
    if (lane.owner !== seat && lane.adopter !== seat) return
    if (seat.worker.connected) void seat.worker.drain('replace')
  }
}
