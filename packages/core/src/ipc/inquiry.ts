/** A request of the other side that is being answered here. */
export class Inquiry {
  #controller: AbortController | undefined
  #givenUp = false

  /** Aborted when nobody waits for the answer any more: the caller gave up, or is gone. Made for who asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#givenUp) this.#controller.abort()
    return this.#controller.signal
  }

  get givenUp(): boolean {
    return this.#givenUp
  }

  giveUp(): void {
    this.#givenUp = true
    this.#controller?.abort()
  }
}
