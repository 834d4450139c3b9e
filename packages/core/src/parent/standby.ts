/** The time of a worker without a slot: what it asks for in order to serve is kept until it has one. */
export class Standby {
  readonly #comes: () => void
  readonly #kept: (() => void)[] = []
  #over: boolean

  /** @param comes it asks for something while it stands by. */
  constructor(standsBy: boolean, comes: () => void) {
    this.#over = !standsBy
    this.#comes = comes
  }

  /** Does it now, or soon after the worker has got a slot: by then the slot knows its worker. */
  keep<T>(work: () => T): T | Promise<Awaited<T>> {
    if (this.#over) return work()
    this.#comes()
    const over = new Promise<void>((resolve) => this.#kept.push(resolve))
    return over.then(work) as Promise<Awaited<T>>
  }

  end(): void {
    this.#over = true
    for (const go of this.#kept.splice(0)) go()
  }
}
