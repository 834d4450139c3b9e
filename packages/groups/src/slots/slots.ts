import type { DrainCause } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'
import { Slot, type SlotHost } from './slot.js'

/** The slots of a group: as many as it should have workers, numbered from 0, and those that leave. */
export class Slots {
  readonly #host: SlotHost
  #list: readonly Slot[] = []
  /** They were taken away, and their workers are finishing. */
  readonly #leaving = new Set<Slot>()

  constructor(count: number, host: SlotHost) {
    this.#host = host
    this.grow(count)
  }

  /** Those that exist. */
  get list(): readonly Slot[] {
    return this.#list
  }

  /** All processes, those of slots that leave included. */
  get workers(): WorkerProcess[] {
    return [...this.#list, ...this.#leaving].flatMap((slot) => slot.workers)
  }

  /** Adds slots until there are so many. Returns the new ones, which are vacant. */
  grow(count: number): Slot[] {
    const added: Slot[] = []
    for (let index = this.#list.length; index < count; index++) added.push(new Slot(index, this.#host))
    this.#list = [...this.#list, ...added]
    return added
  }

  /** Takes the highest away until there are so many. Resolves when their workers are gone. */
  async shrink(count: number): Promise<void> {
    const removed = this.#list.slice(count)
    this.#list = this.#list.slice(0, count)
    // The siblings go on: who is idle may take the time that it would have if it were replaced.
    await Promise.all(removed.map((slot) => this.#remove(slot)))
  }

  /** Takes away those at the end that are vacant, if nobody is to fill them. */
  trim(): void {
    const last = this.#list.findLastIndex((slot) => slot.state !== 'vacant' || slot.lost)
    const removed = this.#list.slice(last + 1)
    this.#list = this.#list.slice(0, last + 1)
    for (const slot of removed) void this.#forget(slot, slot.abolish())
  }

  /** Closes them all. Resolves when every worker is gone. */
  async close(cause: DrainCause): Promise<void> {
    await Promise.all([...this.#list, ...this.#leaving].map((slot) => slot.close(cause)))
  }

  #remove(slot: Slot): Promise<void> {
    return this.#forget(slot, slot.close('replace'))
  }

  async #forget(slot: Slot, closed: Promise<void>): Promise<void> {
    this.#leaving.add(slot)
    await closed
    this.#leaving.delete(slot)
  }
}
