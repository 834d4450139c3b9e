import type { Writable } from 'node:stream'
import type { Sink } from './sink.js'

/** What a stream may hold that it has not passed on: beyond it, lines are lost rather than kept without end. */
const MAX_WAITING_BYTES = 1_048_576

/** A stream of the application's: written to, never ended. */
export class LogStream implements Sink {
  readonly #stream: Writable
  readonly #onError: (error: Error) => void

  /** @param failed is told of the stream's errors, which would be uncaught otherwise. */
  constructor(stream: Writable, failed: (error: Error) => void) {
    this.#stream = stream
    this.#onError = failed
    stream.on('error', failed)
  }

  write(line: string): void {
    const { destroyed, writableEnded, writableLength } = this.#stream
    if (destroyed || writableEnded) throw new Error('the stream has ended')
    if (writableLength > MAX_WAITING_BYTES)
      throw new Error(`the stream has not passed on ${writableLength} bytes yet`)
    this.#stream.write(line)
  }

  close(): void {
    this.#stream.off('error', this.#onError)
  }
}
