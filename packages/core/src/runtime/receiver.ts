import type { Clock } from '../clock.js'
import type { Handle, StreamHandle } from '../node-internals.js'
import type { Listeners } from './listeners.js'
import type { WorkerChannel } from './runtime.js'

/**
 * Takes the connections that the master offers, or gives them back. It says what it took in one message for all
 * that came in one turn of the event loop. That is early enough: the loop reads from a connection in its next turn
 * at the soonest, so the master knows before a byte is gone.
 */
export class Receiver {
  readonly #listeners: Listeners
  readonly #channel: WorkerChannel
  readonly #clock: Clock
  #taken: number[] = []

  constructor(listeners: Listeners, channel: WorkerChannel, clock: Clock) {
    this.#listeners = listeners
    this.#channel = channel
    this.#clock = clock
  }

  receive(
    { listener: id, offer, deadline }: { listener: number; offer: number; deadline: number },
    handle: Handle | undefined,
  ): void {
    if (!handle) return
    const listener = this.#listeners.stream(id)
    // Past the deadline the master has given the connection to somebody else (this process was stopped, or busy).
    if (!listener?.accepts || this.#clock.now() > deadline) {
      handle.close()
      if (this.#channel.open) this.#channel.send({ t: 'refused', offer })
      return
    }
    if (this.#taken.length === 0) setImmediate(() => this.#confirm())
    this.#taken.push(offer)
    listener.take(handle as StreamHandle)
  }

  #confirm(): void {
    const offers = this.#taken
    this.#taken = []
    if (this.#channel.open) this.#channel.send({ t: 'taken', offers })
  }
}
