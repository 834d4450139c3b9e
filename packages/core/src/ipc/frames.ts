import { ManifoldError } from '../errors.js'
import type { Serialization } from './protocol.js'

/** Turns messages into bytes and back. */
export interface Codec {
  encode(message: unknown): Buffer
  decode(bytes: Buffer): unknown
}

export function codecOf(serialization: Serialization): Codec {
  if (serialization === 'json') {
    return {
      encode: (message) => Buffer.from(JSON.stringify(message)),
      decode: (bytes) => JSON.parse(bytes.toString()),
    }
  }
  const { serialize, deserialize } = process.getBuiltinModule('node:v8')
  return { encode: serialize, decode: deserialize }
}

/** Each message is preceded by its length in bytes, as 32 bits. */
const HEADER_BYTES = 4
const MAX_BYTES = 2 ** 32 - 1
/** A smaller message costs less to copy than to write apart from its length. */
const SMALL_BYTES = 16_384

/** What to write for a message, in order. */
export function frame(body: Buffer): readonly Buffer[] {
  if (body.length > MAX_BYTES)
    throw new ManifoldError('ERR_MANIFOLD_CHANNEL_FULL', `a message of ${body.length} bytes is too long`)
  const joined = body.length <= SMALL_BYTES
  const header = Buffer.allocUnsafe(joined ? HEADER_BYTES + body.length : HEADER_BYTES)
  header.writeUInt32LE(body.length)
  if (!joined) return [header, body]
  body.copy(header, HEADER_BYTES)
  return [header]
}

/** Puts the messages together again, however their bytes arrive. Each byte is copied once, or not at all. */
export class Frames {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  /** What is incomplete: the header, or after it the body. */
  #body: Buffer | undefined
  #filled = 0

  push(chunk: Buffer, take: (body: Buffer) => void): void {
    for (let at = 0; at < chunk.length; ) {
      const whole = this.#body || this.#filled > 0 ? undefined : wholeFrom(chunk, at)
      if (whole) {
        at += HEADER_BYTES + whole.length
        take(whole)
      } else {
        at += this.#fill(chunk, at, take)
      }
    }
  }

  /** Takes what there is of one header or one body. Returns how many bytes that were. */
  #fill(chunk: Buffer, at: number, take: (body: Buffer) => void): number {
    const body = this.#body
    const target = body ?? this.#header
    const copied = chunk.copy(target, this.#filled, at)
    this.#filled += copied
    if (this.#filled < target.length) return copied
    this.#filled = 0
    this.#body = body ? undefined : Buffer.allocUnsafeSlow(lengthAt(this.#header, 0))
    if (body) take(body)
    return copied
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at)
  if (length === 0) throw new RangeError('a message without content')
  return length
}

function wholeFrom(chunk: Buffer, at: number): Buffer | undefined {
  const start = at + HEADER_BYTES
  if (start > chunk.length) return undefined
  const end = start + lengthAt(chunk, at)
  return end <= chunk.length ? chunk.subarray(start, end) : undefined
}
