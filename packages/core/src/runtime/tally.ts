import type { Server } from 'node:net'
import { type Clock, systemClock } from '../clock.js'
import { onConnectionEnd, openConnections } from '../node-internals.js'

/** How soon after a change the master is told, and how often at the most, in ms. */
const REPORT_MS = 50
/** Over how long it is watched whether connections last. */
const WINDOW_MS = 1_000

/** A server that is closed and listens again has another tally then; what it calls back is hung on it only once. */
const current = new WeakMap<Server, Tally>()

/** How many connections a server has open, and whether they last. */
export class Tally {
  readonly #server: Server
  readonly #report: (open: number) => void
  readonly #clock: Clock
  #reporting = false
  #reported = 0
  /** Ends of connections in this window and in the one before. */
  #ended = 0
  #endedBefore = 0
  #windowAt = 0

  constructor(server: Server, report: (open: number) => void, clock: Clock = systemClock) {
    this.#server = server
    this.#report = report
    this.#clock = clock
    if (!current.has(server)) onConnectionEnd(server, () => current.get(server)?.ended())
    current.set(server, this)
  }

  get open(): number {
    return openConnections(this.#server)
  }

  /** Whether more have ended of late than are open: then who has how many changes by itself, and all the time. */
  get fleeting(): boolean {
    this.#roll()
    return this.#ended + this.#endedBefore > this.open
  }

  ended(): void {
    this.#roll()
    this.#ended++
    this.changed()
  }

  /** The number may be another now. */
  changed(): void {
    if (this.#reporting) return
    this.#reporting = true
    this.#clock.after(REPORT_MS, () => {
      this.#reporting = false
      const { open } = this
      if (open === this.#reported) return
      this.#reported = open
      this.#report(open)
    })
  }

  #roll(): void {
    const passed = this.#clock.now() - this.#windowAt
    if (passed < WINDOW_MS) return
    this.#endedBefore = passed < 2 * WINDOW_MS ? this.#ended : 0
    this.#ended = 0
    this.#windowAt += passed
  }
}
