/** Runs once a message has left this process, or with the reason why it never will. */
export type Written = (error: Error | null) => void

export interface Outgoing {
  readonly write: (written: Written) => void
  /** For what carries a handle: told once whether that reached the other process. */
  readonly answered?: ((arrived: boolean) => void) | undefined
  /** Throws if this cannot be written. Called for what has to wait, and could tell nobody later. */
  readonly check: () => void
}

interface Carrier {
  readonly number: number
  readonly answered: (arrived: boolean) => void
}

/**
 * What goes out to another process, in order, and what has to wait.
 *
 * Handles travel beside the bytes. A process that reads gets at most one with each read, and Node gives it to the
 * first message of its kind that is complete. As long as small messages with handles follow on each other, each read
 * is one of them. But behind a message without a handle, which may be large, a read may end in the middle of one; its
 * handle is there by then, and must not be displaced by the next one. So behind such a message handles go one by one,
 * until one is confirmed, and with it all that went before.
 */
export class Outbox {
  readonly #pipelines: boolean
  /** Handles that are not confirmed yet, oldest first. */
  readonly #carriers: Carrier[] = []
  readonly #waiting: Outgoing[] = []
  #size = 0
  /** Messages are numbered: the last one, the last one without a handle, and the last one that is known to be read. */
  #last = 0
  #lastPlain = 0
  #lastRead = 0

  /** @param pipelines whether anything at all may follow a handle that is not confirmed yet. */
  constructor(pipelines: boolean) {
    this.#pipelines = pipelines
  }

  /** Messages that have not left this process yet. */
  get size(): number {
    return this.#size
  }

  /** Throws what `write` or `check` throws; nothing was sent then. */
  send(message: Outgoing): void {
    if (this.#waiting.length === 0 && this.#mayGo(message)) {
      this.#write(message)
      return
    }
    message.check()
    this.#size++
    this.#waiting.push(message)
  }

  /** The other side tells, handle by handle, whether it arrived. */
  confirm(arrived: boolean): void {
    const carrier = this.#carriers.shift()
    if (!carrier) return
    this.#lastRead = carrier.number
    this.#flush()
    carrier.answered(arrived)
  }

  /** Nothing will be confirmed any more, and nothing written. */
  close(): void {
    const lost = [...this.#carriers.splice(0), ...this.#waiting.splice(0)]
    for (const { answered } of lost) answered?.(false)
  }

  #mayGo({ answered }: Outgoing): boolean {
    if (this.#carriers.length === 0) return true
    return this.#pipelines && (answered === undefined || this.#lastPlain <= this.#lastRead)
  }

  #write({ write, answered }: Outgoing): void {
    const number = ++this.#last
    const carrier = answered && { number, answered }
    this.#size++
    try {
      write((error) => {
        this.#size--
        // It never left (the handle was closed while it waited): nobody will confirm it.
        if (error && carrier) this.#giveUp(carrier)
      })
    } catch (error) {
      this.#size--
      throw error
    }
    if (carrier) this.#carriers.push(carrier)
    else this.#lastPlain = number
  }

  #giveUp(carrier: Carrier): void {
    const at = this.#carriers.indexOf(carrier)
    if (at < 0) return
    this.#carriers.splice(at, 1)
    this.#flush()
    carrier.answered(false)
  }

  #flush(): void {
    for (let next = this.#waiting[0]; next && this.#mayGo(next); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#size--
      try {
        this.#write(next)
      } catch {
        // What fits through fails only with the channel.
        next.answered?.(false)
      }
    }
  }
}
