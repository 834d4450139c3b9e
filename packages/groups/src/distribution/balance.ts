import type { Clock, Timer } from '@manifold/core'
import { log, type StreamHandle } from '@manifold/core/internal'
import { LeastConnections } from '../policies/least-connections.js'
import { Dispatcher } from './dispatcher.js'
import type { Seat } from './seat.js'

const debug = log('balance')

/** How soon after a change the workers are told, and how often at the most, in ms. */
const TELL_MS = 50
/** By which part, or by how many connections, the average must have changed to be worth a message. */
const NOTABLE_SHARE = 1 / 32
const NOTABLE_COUNT = 0.25
/** With so many that nobody takes, workers keep what they accept. */
const MOST_WAITING = 64

const UNKNOWN = { remoteAddress: undefined, remotePort: undefined, key: undefined }

/**
 * Keeps long-lived connections even among workers that accept by themselves. Each is told how many the group's servers
 * have open on average; who has more gives back what it accepts (`runtime/listen/surplus.ts`), and whoever has the fewest
 * gets it.
 */
export class Balance {
  readonly #dispatcher: Dispatcher
  readonly #clock: Clock
  /** What each was told last. */
  readonly #told = new Map<Seat, number | null>()
  #telling: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#dispatcher = new Dispatcher(
      () => new LeastConnections<Seat>(),
      clock,
      () => this.#onSize(),
    )
  }

  /** Connections that were given back, and are on their way to nobody. */
  get waiting(): number {
    return this.#dispatcher.size
  }

  add(seat: Seat): void {
    this.#told.set(seat, null)
    this.#dispatcher.add(seat)
    // At once: a new worker is the one that many come to.
    this.#tell()
  }

  remove(seat: Seat): void {
    this.#told.delete(seat)
    this.#dispatcher.remove(seat)
    this.counted()
  }

  suspend(seat: Seat): void {
    this.#dispatcher.suspend(seat)
  }

  resume(seat: Seat): void {
    this.#dispatcher.resume(seat)
  }

  counted(): void {
    this.#telling ??= this.#clock.after(TELL_MS, () => {
      this.#telling = undefined
      this.#tell()
    })
  }

  returned(handle: StreamHandle): void {
    debug('a connection is given back, %d wait', this.#dispatcher.size)
    this.#dispatcher.dispatch({ handle, connection: UNKNOWN })
  }

  close(): void {
    this.#telling?.cancel()
    this.#dispatcher.close()
  }

  /** If it is congested, all are told at once; that it is not, with the next change. */
  #onSize(): void {
    if (this.#dispatcher.size === MOST_WAITING) this.#tell()
  }

  #tell(): void {
    const average = this.#average()
    for (const [seat, told] of this.#told) {
      if (!isNotable(told, average)) continue
      this.#told.set(seat, average)
      seat.worker.share(seat.listener, average)
    }
  }

  #average(): number | null {
    const seats = [...this.#told.keys()]
    if (seats.length < 2 || this.#dispatcher.size >= MOST_WAITING) return null
    return seats.reduce((sum, { load }) => sum + load, 0) / seats.length
  }
}

function isNotable(told: number | null, average: number | null): boolean {
  if (told === null || average === null) return told !== average
  return Math.abs(average - told) >= Math.max(NOTABLE_COUNT, NOTABLE_SHARE * told)
}
