import type { Clock } from '../clock.js'
import type { WorkerMessage } from '../ipc/protocol.js'
import type { Handle, StreamHandle } from '../node-internals.js'
import type { Listeners } from './listeners.js'
import type { WorkerChannel } from './runtime.js'

/**
 * Takes the connections that the master offers, or gives them back. It says that it takes one before its server
 * hears of it: from then on the master has no copy, and until then not a byte has been read.
 */
export class Receiver {
  readonly #listeners: Listeners
  readonly #channel: WorkerChannel
  readonly #clock: Clock

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
      this.#say({ t: 'refused', offer })
      return
    }
    this.#say({ t: 'taken', offers: [offer] })
    listener.take(handle as StreamHandle)
  }

  /** A master that is gone needs no answer. What it sent before is still to be served. */
  #say(message: WorkerMessage): void {
    if (this.#channel.open) this.#channel.send(message)
  }
}
