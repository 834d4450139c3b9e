import type { Clock } from '../clock.js'
import { Pending } from '../ipc/pending.js'
import type { Handle, StreamHandle } from '../node-internals.js'

/** How long a worker may take to send a handle back. */
const ECHO_MS = 500

/** Sends a handle to the worker, as the echo of that number. `answered` tells whether it arrived. */
type SendEcho = (echo: number, handle: Handle, answered: (arrived: boolean) => void) => void

/**
 * A second handle of a socket, within one process. Node cannot duplicate a descriptor; but what is sent to another
 * process and back is a duplicate.
 */
export class Echoes {
  readonly #send: SendEcho
  readonly #pending: Pending

  constructor(send: SendEcho, clock: Clock) {
    this.#send = send
    this.#pending = new Pending(clock)
  }

  /** Undefined if it does not come back in time: the worker is gone, or busy, or has no descriptor left. */
  async copy(handle: StreamHandle): Promise<StreamHandle | undefined> {
    const copy = this.#pending.wait('an echo', { timeoutMs: ECHO_MS }, (id) => {
      this.#send(id, handle, (arrived) => {
        if (!arrived) this.#pending.resolve(id, undefined)
      })
    })
    return copy.catch(() => undefined) as Promise<StreamHandle | undefined>
  }

  /** A handle is back. Nobody waits for it any more if it took too long. */
  returned(id: number, handle: Handle | undefined): void {
    if (this.#pending.has(id)) this.#pending.resolve(id, handle)
    else handle?.close()
  }

  /** The worker is gone. */
  close(): void {
    this.#pending.settleAll(new Error('the worker is gone'))
  }
}
