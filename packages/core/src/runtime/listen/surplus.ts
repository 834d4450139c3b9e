import { type Clock, systemClock, type Timer } from '../../clock.js'
import { Handoff, type Lease, type SendOffer } from '../../ipc/handoff.js'
import { isFull, onTraffic, type StreamHandle } from '../../node-internals.js'
import type { WorkerChannel } from '../runtime.js'
import type { Listener } from './listener.js'
import type { Listeners } from './listeners.js'
import type { Tally } from './tally.js'

/** By which part of the average a server may exceed it. */
const TOLERANCE = 1 / 16
/** How many connections may be on their way to the master. One that is busy must not keep many waiting, nor for long. */
const MOST_ON_THE_WAY = 16
/** How many connections wait for room in a server without a master. Those behind them wait in the kernel. */
const MOST_WAITING = 512
/** How soon a full server tries again to get rid of what the master could not take. */
const RETRY_MS = 50
const LEASE: Lease = { leaseMs: 50, marginMs: 75 }

/**
 * The kernel spreads connections by a hash, or to whoever is quick. Where they last, few of them stay as uneven as
 * dice fell. So a server that has clearly more than its siblings gives a connection that it has just accepted, and
 * not read from, to the master, which knows who has the fewest; and so does one that is full.
 *
 * Where many come, they are left where they are: chance evens them out, and to move them would cost more than it gains.
 */
export class Surplus {
  readonly #listener: Listener
  readonly #tally: Tally
  readonly #handoff: Handoff
  readonly #clock: Clock
  /** What neither the master nor this server could take just now. */
  readonly #later = new Map<StreamHandle, Timer>()
  #average: number | null = null
  #orphaned = false

  /** @param handoff to the master. */
  constructor(listener: Listener, tally: Tally, handoff: Handoff, clock: Clock = systemClock) {
    this.#listener = listener
    this.#tally = tally
    this.#handoff = handoff
    this.#clock = clock
  }

  /** What servers of this group have open on average; null while nothing should be given away. */
  setAverage(average: number | null): void {
    this.#average = average
    // Without a master it is a drain that says so: nothing waits any longer.
    this.#orphaned = false
    if (average !== null) return
    for (const [connection, timer] of this.#later) {
      timer.cancel()
      this.#listener.take(connection)
    }
    this.#later.clear()
  }

  /** There is nobody any more to give connections to. While this worker may not have more, those that come wait. */
  orphan(): void {
    this.#orphaned = true
  }

  /** Connections that wait until the master can take them. */
  get waiting(): number {
    return this.#later.size
  }

  /** False if the connection is to stay. */
  gave(connection: StreamHandle): boolean {
    if (this.#orphaned) {
      if (this.#fits) return false
      this.#offerLater(connection)
      return true
    }
    if (!this.#isTooMany()) return false
    this.#offer(connection)
    return true
  }

  #offer(connection: StreamHandle): void {
    this.#handoff.offer(this.#listener.id, connection, (outcome) => {
      if (outcome === 'accepted') return this.#listener.limit.changed()
      // Node would drop it, were there no siblings to take it.
      const waits = this.#orphaned ? !this.#fits : this.#average !== null && isFull(this.#listener.server)
      if (waits) this.#offerLater(connection)
      else this.#listener.take(connection)
    })
  }

  #offerLater(connection: StreamHandle): void {
    const timer = this.#clock.after(RETRY_MS, () => {
      this.#later.delete(connection)
      if (this.#fits) this.#listener.take(connection)
      else this.#offer(connection)
    })
    this.#later.set(connection, timer)
    if (this.#orphaned && this.#later.size >= MOST_WAITING) this.#listener.leave()
  }

  get #fits(): boolean {
    const { server, limit } = this.#listener
    return !isFull(server) && (!this.#orphaned || limit.room)
  }

  #isTooMany(): boolean {
    const { unanswered, stalled } = this.#handoff
    if (this.#average === null || stalled || unanswered >= MOST_ON_THE_WAY) return false
    if (isFull(this.#listener.server)) return true
    const { open } = this.#tally
    return open >= 1 && open >= this.#average * (1 + TOLERANCE) && !this.#tally.rushing
  }
}

/** How the servers of this worker give connections to the master. */
export function surplusThrough(channel: WorkerChannel, listeners: Listeners): Handoff {
  const send: SendOffer = (message, connection, answered) => {
    // Node confirms handles in turn, and does not tell whose.
    if (channel.foreignHandle) throw new Error('the application sends a handle of its own')
    const open = listeners.stream(message.listener)?.open ?? 0
    channel.sendHandle({ t: 'surplus', ...message, open }, connection, answered)
  }
  let heard = 0
  onTraffic(process, () => {
    heard++
  })
  // The master decides in the turn in which it reads an offer, so that its word is not late but where we were stopped.
  return new Handoff(
    send,
    systemClock,
    () => {},
    LEASE,
    () => heard,
  )
}
