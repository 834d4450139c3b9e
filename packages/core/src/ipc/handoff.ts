import type { Clock, Timer } from '../clock.js'
import { Machine, type Transitions } from '../machine.js'
import type { StreamHandle } from '../node-internals.js'
import type { Peer } from './protocol.js'

/**
 * How long a worker may take an offered connection for its own, at the least. A client waits this long, and the
 * margin, for a worker that is stopped.
 */
export const LEASE_MS = 250
/** At the most, which is for workers that are slow. */
const LONGEST_LEASE_MS = 8_000
/** A worker has this many times as long as it took last. */
const SLACK = 4

export interface Lease {
  /** How long the other process may take a connection, at the least. */
  readonly leaseMs: number
  /** How long after that its word is waited for, should it have taken it at the last moment. */
  readonly marginMs: number
}

/** For how many turns of the event loop the word of a process is awaited that says other things. */
const MOST_TURNS = 100

/** Of a worker, for which clients have to wait: as long again for its word. */
export function workersLease(leaseMs = LEASE_MS): Lease {
  return { leaseMs, marginMs: leaseMs }
}

/**
 * `late`: refused, but only as the lease had run out by then. `lost`: the handle did not arrive, the worker died, or it
 * let the lease run out and said nothing.
 */
export type HandoffOutcome = 'accepted' | 'refused' | 'late' | 'lost'

type OfferState = 'offered' | HandoffOutcome

const TRANSITIONS: Transitions<OfferState> = {
  offered: ['accepted', 'refused', 'late', 'lost'],
  accepted: [],
  refused: [],
  late: [],
  lost: [],
}

interface Offer {
  readonly machine: Machine<OfferState>
  readonly connection: StreamHandle
  readonly madeAt: number
  readonly deadline: number
  readonly settled: (outcome: HandoffOutcome) => void
}

/** What goes along with a connection from which the master has read. */
export interface Preface {
  /** What it has read, in base64. */
  readonly head?: string | undefined
  readonly peer?: Peer | undefined
}

/** Sends an offer over the channel. `answered` tells, in the order of the offers, whether it reached the worker. */
export type SendOffer = (
  message: { listener: number; offer: number; deadline: number } & Preface,
  connection: StreamHandle,
  answered: (arrived: boolean) => void,
) => void

/**
 * Hands accepted connections to one other process: a master to its worker, or a worker that has too many to its
 * master; told here for the first. Our copy of each stays open until it has arrived there, which Node
 * confirms before a byte is read; whatever else happens, the connection is given back, untouched, to go to another
 * worker. A worker that does not take a connection says so before Node confirms it (`runtime/listen/receiver.ts`).
 *
 * A worker that is stopped may find the offer long after somebody else has been given the connection. So an offer is
 * a lease: past its deadline the worker must refuse. Both sides read the same monotonic clock. A worker that takes a
 * connection too late all the same has broken the lease, and is reported by `onBreach`: it must not live, for two
 * processes would read from one client.
 *
 * Where all workers are slow, leases that are too short would send a connection from one to the other and never to
 * rest. So the lease of each worker follows the time that it takes.
 */
export class Handoff {
  readonly #send: SendOffer
  readonly #clock: Clock
  readonly #onBreach: () => void
  readonly #offers = new Map<number, Offer>()
  /** Offers whose lease ran out before the worker said a word. */
  readonly #expired = new Set<number>()
  readonly #shortest: Lease
  readonly #waiting: (() => void)[] = []
  readonly #heard: () => number
  #last = 0
  #leaseMs: number
  #timer: Timer | undefined
  #stalled = false

  /** @param heard how many messages have come from the other process, ever. */
  constructor(
    send: SendOffer,
    clock: Clock,
    onBreach: () => void,
    lease = workersLease(),
    heard: () => number = () => 0,
  ) {
    this.#heard = heard
    this.#send = send
    this.#clock = clock
    this.#onBreach = onBreach
    this.#shortest = lease
    this.#leaseMs = lease.leaseMs
  }

  /** Connections of which the worker has not said yet what becomes of them. */
  get unanswered(): number {
    return this.#offers.size
  }

  /** Resolves once nothing is unanswered. */
  async answered(): Promise<void> {
    while (this.#offers.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** It let a lease run out, and has said nothing since: it is stopped, or busy. */
  get stalled(): boolean {
    return this.#stalled
  }

  offer(
    listener: number,
    connection: StreamHandle,
    settled: (outcome: HandoffOutcome) => void,
    preface: Preface = {},
  ): void {
    const id = ++this.#last
    const madeAt = this.#clock.now()
    const deadline = madeAt + this.#leaseMs
    const machine = new Machine<OfferState>('an offered connection', TRANSITIONS, 'offered')
    this.#offers.set(id, { machine, connection, madeAt, deadline, settled })
    try {
      this.#send({ listener, offer: id, deadline, ...preface }, connection, (arrived) =>
        this.#answered(id, arrived),
      )
    } catch {
      // The channel is closed or full.
      this.#settle(id, 'lost')
      return
    }
    this.#watch()
  }

  /** The worker gives this one back. Nothing new if its lease had run out, and that was noticed. */
  refused(id: number, late = false): void {
    this.#stalled = false
    this.#expired.delete(id)
    if (late && this.#offers.has(id)) this.#lease(2 * this.#leaseMs)
    this.#settle(id, late ? 'late' : 'refused')
  }

  /** The worker is gone. */
  close(): void {
    this.#timer?.cancel()
    for (const id of [...this.#offers.keys()]) this.#settle(id, 'lost')
  }

  /** The worker has read the offer. Unless it said otherwise before, it takes the connection that arrived. */
  #answered(id: number, arrived: boolean): void {
    this.#stalled = false
    const offer = this.#offers.get(id)
    if (offer && arrived) this.#lease(SLACK * (this.#clock.now() - offer.madeAt))
    if (this.#expired.delete(id) && arrived) this.#onBreach()
    this.#settle(id, arrived ? 'accepted' : 'lost')
  }

  #settle(id: number, outcome: HandoffOutcome): void {
    const offer = this.#offers.get(id)
    if (!offer) return
    this.#offers.delete(id)
    offer.machine.to(outcome)
    if (outcome === 'accepted') offer.connection.close()
    offer.settled(outcome)
    if (this.#offers.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #lease(ms: number): void {
    this.#leaseMs = Math.min(Math.max(ms, this.#shortest.leaseMs), LONGEST_LEASE_MS)
  }

  /** One timer for all, set for the offer that runs out first. */
  #watch(): void {
    if (this.#timer || this.#offers.size === 0) return
    const first = Math.min(...[...this.#offers.values()].map(({ deadline }) => deadline))
    const { marginMs } = this.#shortest
    const delayMs = Math.max(0, first + marginMs - this.#clock.now())
    this.#timer = this.#clock.after(delayMs, () => {
      const latest = Math.max(first, this.#clock.now() - marginMs)
      this.#onceRead(MOST_TURNS, () => {
        this.#timer = undefined
        this.#expire(latest)
        this.#watch()
      })
    })
  }

  /**
   * Who was stopped or busy itself has not read yet what was said in time. In one turn of the event loop libuv reads no
   * further than to the next handle: there may be more for as long as each turn brings something.
   */
  #onceRead(turns: number, then: () => void): void {
    const before = this.#heard()
    this.#timer = this.#clock.afterReading(() => {
      if (turns > 0 && this.#heard() !== before) this.#onceRead(turns - 1, then)
      else then()
    })
  }

  #expire(latest: number): void {
    const late = [...this.#offers].filter(([, { deadline }]) => deadline <= latest)
    if (late.length === 0) return
    this.#stalled = true
    for (const [id] of late) {
      this.#expired.add(id)
      this.#settle(id, 'lost')
    }
    this.#lease(2 * this.#leaseMs)
  }
}
