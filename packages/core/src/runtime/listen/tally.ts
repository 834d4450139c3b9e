import type { Server } from 'node:net'
import { type Clock, systemClock } from '../../clock.js'
import { onConnectionEnd, openConnections } from '../../node-internals.js'

/** How often the master is told at the most, in ms. Of a change after a while it is told at once. */
const REPORT_MS = 50
/** The same while the master waits for connections to end. */
const HURRIED_MS = 1
/** Over how long, and as long again, connections are counted that come. */
const WINDOW_MS = 1_000
/** With more than so many in that time, each may come and go as it likes. */
const MANY = 256

/** A server that is closed and listens again has another tally then; what it calls back is hung on it only once. */
const current = new WeakMap<Server, Tally>()

/** How many connections a server has open, and whether many come. */
export class Tally {
  readonly #server: Server
  readonly #report: (open: number) => void
  readonly #ended: () => void
  readonly #clock: Clock
  /** Whether the master must know at once. */
  hurried = false
  #replaced = false
  #reporting = false
  /** What the master takes the number for. */
  #reported = 0
  #reportedAt = Number.NEGATIVE_INFINITY
  /** Connections that came in this window, and in the one before. */
  #came = 0
  #cameBefore = 0
  #windowAt = 0
  #total = 0

  /** @param ended hears that a connection has ended. */
  constructor(server: Server, report: (open: number) => void, ended: () => void, clock: Clock = systemClock) {
    this.#server = server
    this.#report = report
    this.#ended = ended
    this.#clock = clock
    if (!current.has(server)) onConnectionEnd(server, () => current.get(server)?.went())
    const before = current.get(server)
    if (before) before.#replaced = true
    current.set(server, this)
  }

  /** Of a server that listens again, only the last one has any. */
  get open(): number {
    return this.#replaced ? 0 : openConnections(this.#server)
  }

  /** Whether so many have come of late that who has how many evens out by itself. */
  get rushing(): boolean {
    this.#roll()
    return this.#came + this.#cameBefore > MANY
  }

  /** How many connections there ever were. */
  get total(): number {
    return this.#total
  }

  /** One came from the master, which counts it by itself. */
  cameFromMaster(): void {
    this.#reported++
    this.came()
  }

  came(): void {
    this.#roll()
    this.#total++
    this.#came++
    this.#changed()
  }

  went(): void {
    this.#changed()
    this.#ended()
  }

  /** The number is another now. */
  #changed(): void {
    if (this.#reporting) return
    const waitMs = this.#reportedAt + (this.hurried ? HURRIED_MS : REPORT_MS) - this.#clock.now()
    if (waitMs <= 0) {
      this.#tell()
      return
    }
    this.#reporting = true
    this.#clock.after(waitMs, () => {
      this.#reporting = false
      this.#tell()
    })
  }

  #tell(): void {
    const { open } = this
    if (open === this.#reported) return
    this.#reported = open
    this.#reportedAt = this.#clock.now()
    this.#report(open)
  }

  #roll(): void {
    const passed = this.#clock.now() - this.#windowAt
    if (passed < WINDOW_MS) return
    this.#cameBefore = passed < 2 * WINDOW_MS ? this.#came : 0
    this.#came = 0
    this.#windowAt += passed
  }
}
