import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

const KEPT_CHARACTERS = 4_096

/**
 * Passes a worker's stderr on to our own and keeps its end: the best account of why it died is what it wrote last,
 * also where no JavaScript ran any more (a wrong option of Node, a heap that is full).
 */
export class StderrTail {
  readonly #decoder = new StringDecoder('utf8')
  #kept = ''

  constructor(source: Readable | null, sink?: NodeJS.WritableStream) {
    source?.on('data', (chunk: Buffer) => {
      // Named only now: Node makes the stream when it is first used, and most workers write nothing.
      const target = sink ?? process.stderr
      target.write(chunk)
      this.#kept = (this.#kept + this.#decoder.write(chunk)).slice(-KEPT_CHARACTERS)
    })
    // A pipe that breaks is no news: the exit of its process is.
    source?.on('error', () => {})
  }

  toString(): string {
    return this.#kept.trim()
  }
}
