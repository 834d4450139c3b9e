import { type Clock, formatAddress, type SocketAddress, SocketError } from '@manifold/core'

/** How long a copy of a socket may be on its way to a worker that has no more use for it, and closes it. */
const LINGER_MS = 500
const PAUSE_MS = 10

/**
 * Addresses that were given back a moment ago. Under the policy `kernel` a worker that closes its server may just be
 * sent the socket of a sibling that closed before it; until it has got that, and closed it, the address is in use.
 */
export class Lingering {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(address: SocketAddress): void {
    this.#until.set(formatAddress(address), this.#clock.now() + LINGER_MS)
  }

  /** Calls `bind` again while the address is in use by what was given back. */
  async bind<T>(address: SocketAddress | undefined, bind: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await bind()
      } catch (error) {
        const inUse = error instanceof SocketError && error.systemCode === 'EADDRINUSE'
        if (!inUse || !address || !this.#lingers(formatAddress(address))) throw error
        await new Promise<void>((resolve) => {
          this.#clock.after(PAUSE_MS, resolve)
        })
      }
    }
  }

  #lingers(address: string): boolean {
    const until = this.#until.get(address)
    if (until !== undefined && this.#clock.now() < until) return true
    this.#until.delete(address)
    return false
  }
}
