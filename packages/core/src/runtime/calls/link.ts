import type { Clock } from '../../clock.js'
import { Channel } from '../../ipc/channel.js'
import type { Inquiry } from '../../ipc/inquiry.js'
import type { Caller, LinkMessage, LinkRequests } from '../../ipc/protocol.js'
import type { Port } from '../../node-internals.js'

/** How long a peer may take to confirm that it asks nothing new. */
const GOODBYE_MS = 1_000

export type LinkChannel = Channel<LinkMessage, LinkMessage, LinkRequests, LinkRequests>

export interface LinkEvents {
  /** The peer has its end. */
  opened(link: Link): void
  /** The peer finishes, and must be asked nothing new. */
  leaving(link: Link): void
  answer(link: Link, name: string, payload: unknown, inquiry: Inquiry): unknown
}

/** A connection to another worker, without the master between the two. */
export class Link {
  readonly peer: Caller
  readonly channel: LinkChannel
  #state: 'opening' | 'usable' | 'leaving'

  /** @param usable whether the other end is known to be there */
  constructor(
    port: Port,
    peer: Caller,
    limits: { clock: Clock; maxQueued: number },
    on: LinkEvents,
    usable = false,
  ) {
    this.#state = usable ? 'usable' : 'opening'
    this.peer = peer
    this.channel = new Channel(port, { ...limits, peer: `worker ${peer.id} of group '${peer.group}'` })
    this.channel.receive(
      {
        hello: () => {
          if (this.opening) this.#state = 'usable'
          on.opened(this)
        },
      },
      {
        call: ({ name, payload }, inquiry) => on.answer(this, name, payload, inquiry),
        goodbye: () => {
          this.#state = 'leaving'
          on.leaving(this)
          return null
        },
      },
    )
  }

  /** Whether the peer has its end, takes new requests, and has not gone. */
  get usable(): boolean {
    return this.#state === 'usable' && this.channel.open
  }

  /** Whether the peer has not said yet that it has its end. */
  get opening(): boolean {
    return this.#state === 'opening'
  }

  /** Has the peer ask nothing new, and waits until what it asked before is answered. */
  async leave(): Promise<void> {
    try {
      await this.channel.request('goodbye', null, { timeoutMs: GOODBYE_MS, always: true })
    } catch {
      // It is gone, or busy; it will see that this end is closed.
    }
    await this.channel.idle()
  }
}
