import type { Clock, Timer } from '../clock.js'
import { ManifoldError } from '../errors.js'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

/** What waits for an answer. Each wait ends exactly once: by the answer, the caller, the time, or a death. */
export class Pending {
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#waiting.size
  }

  has(id: number): boolean {
    return this.#waiting.has(id)
  }

  /**
   * `start` is given the number under which the answer will come; `giveUp` the same, if the caller or the time has
   * ended the wait.
   */
  wait(
    what: string,
    limits: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
    start: (id: number) => void,
    giveUp?: (id: number) => void,
  ): Promise<unknown> {
    const { timeoutMs, signal } = limits
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(aborted(what, signal))
        return
      }
      let timer: Timer | undefined
      const end = (error: ManifoldError) => {
        this.reject(id, error)
        giveUp?.(id)
      }
      const onAbort = () => end(aborted(what, signal))
      const release = () => {
        timer?.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.set(id, { resolve, reject, release })
      if (timeoutMs !== undefined) {
        timer = this.#clock.after(timeoutMs, () =>
          end(new ManifoldError('ERR_MANIFOLD_TIMEOUT', `${what}: no answer in ${timeoutMs} ms`)),
        )
      }
      try {
        start(id)
      } catch (error) {
        this.reject(id, error)
      }
    })
  }

  resolve(id: number, value: unknown): void {
    this.#take(id)?.resolve(value)
  }

  reject(id: number, error: unknown): void {
    this.#take(id)?.reject(error)
  }

  /** The other side is gone: nobody will answer any more. */
  settleAll(error: unknown): void {
    for (const id of [...this.#waiting.keys()]) this.reject(id, error)
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (!waiting) return undefined
    this.#waiting.delete(id)
    waiting.release()
    return waiting
  }
}

function aborted(what: string, signal: AbortSignal | undefined): ManifoldError {
  return new ManifoldError('ERR_MANIFOLD_ABORTED', `${what}: given up by the caller`, {
    cause: signal?.reason,
  })
}
