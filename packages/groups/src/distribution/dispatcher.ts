import type { Clock, Timer } from '@manifold/core'
import type { HandoffOutcome, Preface, StreamHandle } from '@manifold/core/internal'
import type { KeyedConnection, Strategy } from '../policies/policy.js'
import { Queue } from './queue.js'
import type { Seat } from './seat.js'

/**
 * How many connections may be on their way to one worker. A worker gets a second one only when all have their first,
 * and so on, so that who is busy keeps hardly anybody waiting; but under load many go out in one turn.
 */
const DEPTHS = [1, 2, 4, 8]
const DEEPEST = 8

/** How long a worker rests that gave a connection back, and how often what waits is tried besides at every change. */
const RETRY_MS = 50

/** A connection that is to go to a worker. */
export interface Incoming {
  readonly handle: StreamHandle
  readonly connection: KeyedConnection
  readonly preface?: Preface
}

/** Hands connections to the workers that a strategy chooses. What is not taken comes back, and goes to another. */
export class Dispatcher {
  readonly #strategy: Strategy<Seat>
  readonly #clock: Clock
  readonly #onChange: () => void
  /** What waits for one seat only, where the strategy binds. */
  readonly #parked = new Map<Seat, Queue<Incoming>>()
  readonly #waiting = new Queue<Incoming>()
  /** Who gave a connection back, and is not asked for a while. */
  readonly #resting = new Set<Seat>()
  readonly #suspended = new Set<Seat>()
  /** Connections that were offered, and of which it is not known what becomes. */
  #offered = 0
  #size = 0
  #retry: Timer | undefined
  #closed = false

  /** @param strategy is given what tells whether a seat takes a connection now. */
  constructor(
    strategy: (free: (seat: Seat) => boolean) => Strategy<Seat>,
    clock: Clock,
    onChange: () => void = () => {},
  ) {
    const free = (seat: Seat) => this.#isAble(seat) && this.#takesMore(seat)
    this.#strategy = strategy((seat) => free(seat) && !(seat.overloaded && this.#hasSpare(free)))
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Connections that are on their way to nobody. */
  get size(): number {
    return this.#size
  }

  /** Connections that are with no worker, as far as is known. */
  get unsettled(): number {
    return this.#size + this.#offered
  }

  get seats(): readonly Seat[] {
    return [...this.#parked.keys()]
  }

  add(seat: Seat): void {
    this.#parked.set(seat, new Queue())
    this.#strategy.add(seat)
    this.#dispatchWaiting()
  }

  remove(seat: Seat): void {
    if (!this.#parked.has(seat)) return
    this.#strategy.remove(seat)
    this.#release(seat)
    this.#parked.delete(seat)
    this.#resting.delete(seat)
    this.#suspended.delete(seat)
    this.#dispatchWaiting()
  }

  suspend(seat: Seat): void {
    if (!this.#parked.has(seat)) return
    this.#suspended.add(seat)
    this.#release(seat)
    this.#dispatchWaiting()
  }

  resume(seat: Seat): void {
    if (this.#suspended.delete(seat)) this.#dispatchWaiting()
  }

  dispatch(incoming: Incoming): void {
    if (this.#closed) {
      this.#dispatchNow(incoming)
      return
    }
    this.#waiting.push(incoming)
    this.#size++
    this.#dispatchWaiting()
  }

  /** What waits goes to the workers all the same: if they are to finish, this is before that. */
  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    for (const seat of this.#parked.keys()) this.#release(seat)
    for (const incoming of this.#waiting.drain()) {
      this.#size--
      this.#dispatchNow(incoming)
    }
  }

  /** Nothing waits any more. */
  #dispatchNow(incoming: Incoming): void {
    const seat = this.#strategy.pick(incoming.connection, ({ worker }) => worker.writable)
    if (seat) this.#offer(seat, incoming)
    else incoming.handle.close()
  }

  #dispatchWaiting(): void {
    if (this.#waiting.size > 0) {
      if (this.#strategy.binds) this.#placeEach()
      else this.#placeInOrder()
    }
    // Also for what is parked: a worker may be busy with what it gets from other sockets, of which nothing is heard here.
    if (this.#size > 0) this.#retryLater()
    this.#onChange()
  }

  /** Where anyone will do, who comes first is served first; and if nobody is free for one, nobody is for the next. */
  #placeInOrder(): void {
    for (let incoming = this.#waiting.peek(); incoming; incoming = this.#waiting.peek()) {
      const seat = this.#pickAny(incoming)
      if (!seat) return
      this.#waiting.shift()
      this.#size--
      this.#offer(seat, incoming)
    }
  }

  #placeEach(): void {
    for (const incoming of this.#waiting.drain()) {
      const seat = this.#pickBound(incoming)
      const parked = seat && this.#parked.get(seat)
      if (!seat || !parked) this.#waiting.push(incoming)
      else if (!this.#takesMore(seat) || parked.size > 0) parked.push(incoming)
      else {
        this.#size--
        this.#offer(seat, incoming)
      }
    }
  }

  #pickAny({ connection }: Incoming): Seat | undefined {
    // Overloaded workers are better than nobody.
    for (const spare of this.#someOverloaded() ? [true, false] : [false]) {
      for (const depth of DEPTHS) {
        const free = (seat: Seat) => seat.offered < depth && !(spare && seat.overloaded) && this.#isAble(seat)
        const seat = this.#strategy.pick(connection, free)
        if (seat) return seat
      }
    }
    return undefined
  }

  /** A client that has a worker stays with it, also if that is overloaded. One of which nothing is known has none. */
  #pickBound({ connection }: Incoming): Seat | undefined {
    const able = (seat: Seat) => this.#isAble(seat)
    const spare = connection.key === undefined && this.#someOverloaded()
    const spared = spare && this.#strategy.pick(connection, (seat) => !seat.overloaded && able(seat))
    return spared || this.#strategy.pick(connection, able)
  }

  #someOverloaded(): boolean {
    for (const { overloaded } of this.#parked.keys()) if (overloaded) return true
    return false
  }

  #hasSpare(free: (seat: Seat) => boolean): boolean {
    for (const seat of this.#parked.keys()) if (!seat.overloaded && free(seat)) return true
    return false
  }

  #offer(seat: Seat, incoming: Incoming): void {
    this.#offered++
    const settled = (outcome: HandoffOutcome) => {
      this.#offered--
      if (outcome === 'accepted') seat.open++
      else if (this.#closed) incoming.handle.close()
      else this.#cameBack(seat, incoming, outcome === 'late')
      this.#flush(seat)
      this.#dispatchWaiting()
    }
    seat.worker.offer(seat.listener, incoming.handle, settled, incoming.preface)
  }

  #cameBack(seat: Seat, incoming: Incoming, late: boolean): void {
    const parked = this.#parked.get(seat)
    const slow = late || seat.worker.handoff.stalled
    if (this.#strategy.binds && slow && parked && this.#isAble(seat)) {
      // A client that is bound waits for its worker while that is slow. Silence tells when it is more than that.
      parked.unshift(incoming)
      this.#size++
      this.#retryLater()
      return
    }
    this.#waiting.unshift(incoming)
    this.#size++
    // It is full, say, or has no descriptor left. Asking on and on would only heat the processor.
    this.#resting.add(seat)
    this.#release(seat)
    this.#retryLater()
  }

  /** What waited for this seat goes on to it. */
  #flush(seat: Seat): void {
    const parked = this.#parked.get(seat)
    if (!parked) return
    while (parked.size > 0 && this.#takesMore(seat) && this.#isAble(seat)) {
      this.#size--
      this.#offer(seat, parked.shift() as Incoming)
    }
  }

  /** What waited for this seat goes to others. */
  #release(seat: Seat): void {
    for (const incoming of this.#parked.get(seat)?.drain() ?? []) this.#waiting.push(incoming)
  }

  /** Whether one more may be on its way to this seat. */
  #takesMore(seat: Seat): boolean {
    return seat.offered < DEEPEST && !seat.worker.handoff.stalled
  }

  /** Whether a seat can be reached, and takes what it is given, as far as is known. */
  #isAble(seat: Seat): boolean {
    const { writable, handoff, state } = seat.worker
    if (!writable || this.#resting.has(seat) || this.#suspended.has(seat)) return false
    if (handoff.stalled && !this.#strategy.binds) return false
    // Who is starting has other things to do, and is better than nobody.
    return state === 'ready' || !this.#anyReady()
  }

  #anyReady(): boolean {
    for (const { worker } of this.#parked.keys()) if (worker.state === 'ready') return true
    return false
  }

  #retryLater(): void {
    if (this.#parked.size === 0 || this.#closed) return
    this.#retry ??= this.#clock.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#resting.clear()
      for (const seat of this.#parked.keys()) this.#flush(seat)
      this.#dispatchWaiting()
    })
  }
}
