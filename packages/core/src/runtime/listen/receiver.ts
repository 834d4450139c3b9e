import type { Clock } from '../../clock.js'
import type { MasterMessage } from '../../ipc/protocol.js'
import type { Handle, StreamHandle } from '../../node-internals.js'
import type { WorkerChannel } from '../runtime.js'
import type { Listener } from './listener.js'
import type { Listeners } from './listeners.js'

type Offer = Extract<MasterMessage, { t: 'offer' }>

/**
 * Takes the connections that the master offers, or gives them back. Node confirms every handle that arrives, before
 * anybody can read from it; that is the word that this worker takes the connection. If it does not, it says so before
 * Node does: so that a connection costs one message each way, and not a byte is read before the master has let go.
 */
export class Receiver {
  readonly #listeners: Listeners
  readonly #channel: WorkerChannel
  readonly #clock: Clock
  /** Who takes the offers that Node is confirming. */
  readonly #takers = new Map<number, Listener>()

  constructor(listeners: Listeners, channel: WorkerChannel, clock: Clock) {
    this.#listeners = listeners
    this.#channel = channel
    this.#clock = clock
  }

  /** The connection is here, and the master does not know yet. */
  decide({ listener: id, offer, deadline }: Offer): void {
    const listener = this.#listeners.stream(id)
    // Past the deadline the master has given the connection to somebody else (this process was stopped, or busy). So
    // it has if Node's word comes too late, behind megabytes that the application says.
    const late = this.#clock.now() > deadline
    if (listener?.accepts && !late && !this.#channel.congested) this.#takers.set(offer, listener)
    // A master that is gone needs no answer. What it sent before is still to be served.
    else if (this.#channel.open) this.#channel.sendAhead({ t: 'refused', offer, late })
  }

  /** A server that was closed between the two serves what it has taken all the same. */
  receive({ offer, head, peer }: Offer, handle: Handle | undefined): void {
    const taker = this.#takers.get(offer)
    this.#takers.delete(offer)
    if (taker && handle) taker.receive(handle as StreamHandle, { head, peer })
    else handle?.close()
  }
}
