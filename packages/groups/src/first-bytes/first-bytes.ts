import type { Clock } from '@manifold/core'
import { readFrom, type StreamHandle } from '@manifold/core/internal'
import { type Found, NOTHING, type Search } from './found.js'

export interface FirstBytesLimits {
  /** How much is read of a connection at the most. */
  readonly maxBytes: number
  /** How long a client may take to say who it is, once it has begun to speak. */
  readonly timeoutMs: number
}

/** How many connections are read from at one time. With one more, the oldest has had its time. */
const MOST_AT_ONCE = 256

/** Browsers open connections ahead of time. One that says nothing needs nobody yet; so long Node's servers wait, too. */
const SILENT_MS = 60_000

/**
 * Reads the first bytes of connections, to find out who their clients are. Bounded in every way: a client that is slow,
 * silent or talks of other things is not kept, and keeps nobody else; it goes on to a worker with what was read.
 */
export class FirstBytes {
  readonly #search: Search
  readonly #limits: FirstBytesLimits
  readonly #clock: Clock
  /** What ends the reading of each, the oldest first. */
  readonly #reading = new Set<() => void>()

  constructor(search: Search, limits: FirstBytesLimits, clock: Clock) {
    this.#search = search
    this.#limits = limits
    this.#clock = clock
  }

  /** Connections that are being read from. */
  get size(): number {
    return this.#reading.size
  }

  /** `done` gets what was found, and all that was read, once; never for a client that breaks off: then `brokenOff` runs. */
  read(handle: StreamHandle, done: (found: Found, head: Buffer) => void, brokenOff = () => {}): void {
    const { maxBytes, timeoutMs } = this.#limits
    let head: Buffer = Buffer.alloc(0)
    const finish = (found: Found) => {
      if (!this.#reading.delete(giveUp)) return
      timer.cancel()
      reading.stop()
      done(found, head)
    }
    const giveUp = () => finish(NOTHING)
    this.#reading.add(giveUp)
    let timer = this.#clock.after(SILENT_MS, giveUp)
    const received = (chunk: Buffer | null) => {
      if (chunk === null) return giveUp()
      if (head.length === 0) {
        timer.cancel()
        timer = this.#clock.after(timeoutMs, giveUp)
      }
      head = Buffer.concat([head, chunk])
      const found = this.#search(head)
      if (found || head.length >= maxBytes) finish(found ?? NOTHING)
    }
    const reading = readFrom(handle, received, () => {
      this.#reading.delete(giveUp)
      timer.cancel()
      brokenOff()
    })
    if (this.#reading.size > MOST_AT_ONCE) this.#oldest?.()
  }

  /** Everyone who is still being read from goes on at once. */
  close(): void {
    for (const giveUp of [...this.#reading]) giveUp()
  }

  get #oldest(): (() => void) | undefined {
    const [first] = this.#reading
    return first
  }
}
