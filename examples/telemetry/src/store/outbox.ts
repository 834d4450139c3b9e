/**
 * What is on its way to another process that may be gone for a while. It is sent in its order, each item until it has
 * arrived; past `capacity` the oldest ones are given up, and counted.
 */
export class Outbox<Item> {
  readonly #deliver: (item: Item) => Promise<unknown>
  readonly #capacity: number
  readonly #items: Item[] = []
  #sending: Promise<void> | undefined
  #lost = 0

  constructor(deliver: (item: Item) => Promise<unknown>, capacity: number) {
    this.#deliver = deliver
    this.#capacity = capacity
  }

  /** How many wait, with the one that is on its way. */
  get size(): number {
    return this.#items.length
  }

  /** How many were given up. */
  get lost(): number {
    return this.#lost
  }

  put(item: Item): void {
    this.#items.push(item)
    if (this.#items.length <= this.#capacity) return
    this.#items.shift()
    this.#lost += 1
  }

  /** Sends all there is, up to the first failure; the rest stays for the next time. Never rejects. */
  send(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #send(): Promise<void> {
    for (let item = this.#items[0]; item !== undefined; item = this.#items[0]) {
      try {
        await this.#deliver(item)
      } catch {
        return
      }
      // Unless it was given up meanwhile.
      if (this.#items[0] === item) this.#items.shift()
    }
  }
}
