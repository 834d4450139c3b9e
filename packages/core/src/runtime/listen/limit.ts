import type { Handoff } from '../../ipc/handoff.js'
import type { WorkerChannel } from '../runtime.js'
import type { Listeners } from './listeners.js'

/**
 * How many connections this worker may have open, over all its servers. libuv cannot leave off accepting on a socket
 * but by closing it, and takes one connection at a time: so as soon as the last one that may be is there, the worker
 * closes all that it accepts on, and what comes waits in the kernel, or goes to a sibling. The master, which holds the
 * sockets, lends them again once it is told that there is room.
 *
 * A worker that serves on without a master would not get them back. It keeps what it accepts on, and has connections wait
 * (`surplus.ts`).
 */
export class Limit {
  readonly #channel: WorkerChannel
  readonly #listeners: Listeners
  readonly #surplus: Handoff
  #most: number | null = null
  /** How many limits it has been told. */
  #limits = 0
  #full = false
  /** Whether it has more, as its limit was lowered. */
  #over = false

  constructor(channel: WorkerChannel, listeners: Listeners, surplus: Handoff) {
    this.#channel = channel
    this.#listeners = listeners
    this.#surplus = surplus
  }

  /** Whether nothing may come, as the master knows. */
  get full(): boolean {
    return this.#full
  }

  /** Whether one more may be given to a server. Those that wait for that do not count. */
  get room(): boolean {
    return this.#most === null || this.#listeners.open < this.#most
  }

  set(most: number | null): void {
    this.#most = most
    this.#limits++
    this.#tell(this.#judge(most ?? Number.POSITIVE_INFINITY))
  }

  /** A connection has come, or is gone. Costs nothing without a limit. */
  changed(): void {
    if (this.#most === null) return
    const full = this.#full
    const over = this.#over
    const count = this.#judge(this.#most)
    if (full !== this.#full || over || this.#over) this.#tell(count)
  }

  /** Returns how many there are. */
  #judge(most: number): number {
    const count = this.#listeners.held + this.#surplus.unanswered
    const wasFull = this.#full
    this.#full = count >= most
    this.#over = count > most
    if (this.#full && !wasFull) for (const listener of this.#listeners.streams) listener.letGo()
    else if (wasFull && !this.#full) for (const listener of this.#listeners.streams) listener.wake()
    return count
  }

  #tell(connections: number): void {
    if (!this.#channel.open) return
    this.#channel.send({ t: 'limited', limits: this.#limits, connections, full: this.#full })
  }
}
