/** What the event loop and the thread that watches it have in common: 24 bytes that both see. */
export class Pulse {
  readonly memory: SharedArrayBuffer
  readonly #words: BigInt64Array

  constructor(memory = new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#words = new BigInt64Array(memory)
  }

  /** Called by the event loop: it turns. */
  tick(): void {
    Atomics.store(this.#words, TICKED_AT, process.hrtime.bigint())
  }

  /** When it turned last, in ms of `process.hrtime`, which all threads have in common. */
  get tickedAt(): number {
    return Number(Atomics.load(this.#words, TICKED_AT) / 1_000n) / 1_000
  }

  /** Whether stacks are to be mapped to their sources: an application may change its mind at any time. */
  get sourceMaps(): boolean {
    return Atomics.load(this.#words, SOURCE_MAPS) !== 0n
  }

  set sourceMaps(value: boolean) {
    Atomics.store(this.#words, SOURCE_MAPS, value ? 1n : 0n)
  }

  /** Whether a debugger may be at work: then the inspector is not ours. */
  get inspected(): boolean {
    return Atomics.load(this.#words, INSPECTED) !== 0n
  }

  set inspected(value: boolean) {
    Atomics.store(this.#words, INSPECTED, value ? 1n : 0n)
  }
}

const TICKED_AT = 0
const SOURCE_MAPS = 1
const INSPECTED = 2
