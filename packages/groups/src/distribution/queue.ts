/** First in, first out, in constant time; what could not be delivered goes back to the front. */
export class Queue<T extends object> {
  #returned: T[] = []
  #items: T[] = []
  #head = 0

  get size(): number {
    return this.#returned.length + this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  unshift(item: T): void {
    this.#returned.push(item)
  }

  peek(): T | undefined {
    return this.#returned.at(-1) ?? this.#items[this.#head]
  }

  shift(): T | undefined {
    if (this.#returned.length > 0) return this.#returned.pop()
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head++
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Everything, oldest first; the queue is empty then. */
  drain(): T[] {
    const all = [...this.#returned.reverse(), ...this.#items.slice(this.#head)]
    this.#returned = []
    this.#items = []
    this.#head = 0
    return all
  }
}
