import type { Clock } from '@manifold/core'
import type { MemoryUse } from './memory-use.js'

/** How often the container's memory is looked at. */
const LOOK_MS = 1_000
/** Where it has no limit. */
const UNLIMITED_MS = 30_000
/** After a worker was recycled for it, which takes time, and gives memory back at its end only. */
const RECYCLED_MS = 10_000

/** What was done about the memory that the container has taken. */
export type Relief =
  /** There is enough left. */
  | 'none'
  /** A worker is being replaced. */
  | 'recycled'
  /** The group of whoever has grown has something else to do. */
  | 'later'
  /** No worker has grown. */
  | 'nobody'

/** Looks, with the beats of the workers, at how much memory is left to all of us. */
export class Pressure {
  readonly #clock: Clock
  readonly #read: () => Promise<MemoryUse | undefined>
  readonly #on: { use(use: MemoryUse): Relief; unrelieved(use: MemoryUse): void }
  #nextAt = Number.NEGATIVE_INFINITY
  #reading = false
  #told = false
  #stopped = false

  constructor(
    clock: Clock,
    read: () => Promise<MemoryUse | undefined>,
    on: { use(use: MemoryUse): Relief; unrelieved(use: MemoryUse): void },
  ) {
    this.#clock = clock
    this.#read = read
    this.#on = on
  }

  /** A worker has beaten. */
  beat(): void {
    if (this.#reading || this.#clock.now() < this.#nextAt) return
    this.#reading = true
    void this.#look()
  }

  stop(): void {
    this.#stopped = true
  }

  async #look(): Promise<void> {
    const use = await this.#read()
    this.#reading = false
    if (this.#stopped) return
    const relief = use && this.#on.use(use)
    const pauseMs = relief === undefined ? UNLIMITED_MS : relief === 'recycled' ? RECYCLED_MS : LOOK_MS
    this.#nextAt = this.#clock.now() + pauseMs
    if (relief === 'nobody' && use && !this.#told) this.#on.unrelieved(use)
    // Once, until there is enough again.
    if (relief === 'nobody' || relief === 'none') this.#told = relief === 'nobody'
  }
}
