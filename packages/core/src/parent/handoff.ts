import type { Clock, Timer } from '../clock.js'
import { Machine, type Transitions } from '../machine.js'
import type { StreamHandle } from '../node-internals.js'

/**
 * How long a worker may take an offered connection for its own. A client waits this long, and the margin, for a
 * worker that is stopped; a worker that is only busy loses nothing but the connection.
 */
export const LEASE_MS = 250
/** How long after that the master waits for the word of a worker that took it at the last moment. */
const MARGIN_MS = 250
/** The last part of the margin: enough for the master, if it was stopped or busy itself, to read what was said. */
const LAST_TURN_MS = 50

/** `lost`: the handle did not arrive, the worker died, or it let the lease run out. */
export type HandoffOutcome = 'accepted' | 'refused' | 'lost'

type OfferState = 'offered' | HandoffOutcome

const TRANSITIONS: Transitions<OfferState> = {
  offered: ['accepted', 'refused', 'lost'],
  accepted: [],
  refused: [],
  lost: [],
}

interface Offer {
  readonly machine: Machine<OfferState>
  readonly connection: StreamHandle
  readonly deadline: number
  readonly settled: (outcome: HandoffOutcome) => void
}

/** Sends an offer over the channel. `answered(false)` says that the handle did not reach the worker. */
export type SendOffer = (
  message: { listener: number; offer: number; deadline: number },
  connection: StreamHandle,
  answered: (arrived: boolean) => void,
) => void

/**
 * Hands accepted connections to one worker. Our copy of each stays open until the worker has said that it took it,
 * which it says before it reads a byte; whatever else happens, the connection is given back, untouched, to go to
 * another worker.
 *
 * A worker that is stopped may find the offer long after somebody else has been given the connection. So an offer is
 * a lease: past its deadline the worker must refuse. Both sides read the same monotonic clock. A worker that takes a
 * connection too late all the same has broken the lease, and is reported by `onBreach`: it must not live, for two
 * processes would read from one client.
 */
export class Handoff {
  readonly #send: SendOffer
  readonly #clock: Clock
  readonly #onBreach: () => void
  readonly #offers = new Map<number, Offer>()
  #last = 0
  #timer: Timer | undefined
  #stalled = false

  constructor(send: SendOffer, clock: Clock, onBreach: () => void) {
    this.#send = send
    this.#clock = clock
    this.#onBreach = onBreach
  }

  /** Connections of which the worker has not said yet what becomes of them. */
  get unanswered(): number {
    return this.#offers.size
  }

  /** It let a lease run out, and has said nothing since: it is stopped, or busy. */
  get stalled(): boolean {
    return this.#stalled
  }

  offer(listener: number, connection: StreamHandle, settled: (outcome: HandoffOutcome) => void): void {
    const id = ++this.#last
    const deadline = this.#clock.now() + LEASE_MS
    const machine = new Machine<OfferState>('an offered connection', TRANSITIONS, 'offered')
    this.#offers.set(id, { machine, connection, deadline, settled })
    try {
      this.#send({ listener, offer: id, deadline }, connection, (arrived) => {
        // Whichever it is, the worker has read what it was sent.
        this.#stalled = false
        if (!arrived) this.#settle(id, 'lost')
      })
    } catch {
      // The channel is closed or full.
      this.#settle(id, 'lost')
      return
    }
    this.#watch()
  }

  /** The worker took these. */
  taken(ids: readonly number[]): void {
    this.#stalled = false
    for (const id of ids) if (!this.#settle(id, 'accepted')) this.#onBreach()
  }

  /** The worker gave this one back. Nothing new if its lease had run out. */
  refused(id: number): void {
    this.#stalled = false
    this.#settle(id, 'refused')
  }

  /** The worker is gone. */
  close(): void {
    this.#timer?.cancel()
    for (const id of [...this.#offers.keys()]) this.#settle(id, 'lost')
  }

  #settle(id: number, outcome: HandoffOutcome): boolean {
    const offer = this.#offers.get(id)
    if (!offer) return false
    this.#offers.delete(id)
    offer.machine.to(outcome)
    if (outcome === 'accepted') offer.connection.close()
    offer.settled(outcome)
    return true
  }

  /** One timer for all: offers run out in the order in which they were made. */
  #watch(): void {
    if (this.#timer) return
    const [oldest] = this.#offers.values()
    if (!oldest) return
    const marginMs = MARGIN_MS - LAST_TURN_MS
    const delayMs = Math.max(0, oldest.deadline + marginMs - this.#clock.now())
    this.#timer = this.#clock.after(delayMs, () => {
      const latest = Math.max(oldest.deadline, this.#clock.now() - marginMs)
      this.#timer = this.#clock.after(LAST_TURN_MS, () => {
        this.#timer = undefined
        this.#expire(latest)
        this.#watch()
      })
    })
  }

  #expire(latest: number): void {
    for (const [id, offer] of this.#offers) {
      if (offer.deadline > latest) return
      this.#stalled = true
      this.#settle(id, 'lost')
    }
  }
}
