import type { Receiver, ToldAlert } from './alert.js'

/** So many at once; the others wait. */
const MAX_AT_ONCE = 4
const MAX_WAITING = 100

interface Delivery {
  readonly key: string
  readonly alert: ToldAlert
}

/**
 * Passes alerts to a receiver, a few at a time, and those of the same trouble one after another: a recovery is not to be
 * heard of before what it is from.
 */
export class Deliveries {
  readonly #receiver: Receiver
  readonly #failed: (alert: ToldAlert, error: Error) => void
  readonly #aborter = new AbortController()
  readonly #running = new Set<string>()
  #waiting: Delivery[] = []
  #idle: (() => void) | undefined

  constructor(receiver: Receiver, failed: (alert: ToldAlert, error: Error) => void) {
    this.#receiver = receiver
    this.#failed = failed
  }

  add(alert: ToldAlert): void {
    this.#waiting.push({ key: `${alert.kind}\0${alert.subject}`, alert })
    if (this.#waiting.length > MAX_WAITING) {
      const { alert: lost } = this.#waiting.shift()!
      this.#failed(lost, new Error(`more than ${MAX_WAITING} alerts wait`))
    }
    this.#next()
  }

  /** Resolves when nothing is on its way. */
  done(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  /** Gives up what is on its way, or waits. */
  abort(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { alert } of waiting) this.#failed(alert, new Error('it was stopped before'))
    this.#aborter.abort()
  }

  #next(): void {
    while (this.#running.size < MAX_AT_ONCE) {
      const index = this.#waiting.findIndex(({ key }) => !this.#running.has(key))
      if (index < 0) return
      const [delivery] = this.#waiting.splice(index, 1)
      void this.#deliver(delivery!)
    }
  }

  async #deliver({ key, alert }: Delivery): Promise<void> {
    this.#running.add(key)
    try {
      await this.#receiver.tell(alert, this.#aborter.signal)
    } catch (error) {
      this.#failed(alert, error as Error)
    }
    this.#running.delete(key)
    this.#next()
    if (this.#running.size === 0) this.#idle?.()
  }
}
