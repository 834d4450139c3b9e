import type { Clock } from '../clock.js'
import type { WorkerMessage } from '../ipc/protocol.js'
import type { Handle, StreamHandle } from '../node-internals.js'
import type { MasterChannel } from './worker-line.js'

/** The connections that a worker gives away: which of them are taken. */
export class Surpluses {
  readonly #channel: MasterChannel
  readonly #clock: Clock
  /** Those that are taken, and that Node is confirming. */
  readonly #taken = new Set<number>()

  constructor(channel: MasterChannel, clock: Clock) {
    this.#channel = channel
    this.#clock = clock
  }

  /**
   * A connection is here that is for a sibling. If this master was busy for too long, the worker has kept it. From one
   * that is finishing it is not taken: its siblings may be, too.
   */
  decide({ offer, deadline }: Extract<WorkerMessage, { t: 'surplus' }>, willing: boolean): void {
    const inTime = this.#clock.now() <= deadline && !this.#channel.congested
    if (inTime && willing) this.#taken.add(offer)
    else if (this.#channel.open) this.#channel.sendAhead({ t: 'refused', offer })
  }

  /** The connection, if it was taken. */
  arrived(offer: number, handle: Handle | undefined): StreamHandle | undefined {
    if (this.#taken.delete(offer)) return handle as StreamHandle | undefined
    handle?.close()
    return undefined
  }
}
