import { once } from 'node:events'
import net from 'node:net'

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  /** Of a GOAWAY: the last stream that its sender took. Else of no meaning. */
  readonly last: number
}

const HEADER_BYTES = 9
const PREFACE_BYTES = 24

/** Reads the frames of one direction of an HTTP/2 connection (RFC 9113, 4.1). */
class FrameReader {
  readonly frames: Frame[] = []
  #buffer: Buffer = Buffer.alloc(0)
  #skip: number

  constructor(skip: number) {
    this.#skip = skip
  }

  push(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    for (;;) {
      if (this.#buffer.length < this.#skip) return
      this.#buffer = this.#buffer.subarray(this.#skip)
      this.#skip = 0
      if (this.#buffer.length < HEADER_BYTES) return
      const bytes = HEADER_BYTES + this.#buffer.readUIntBE(0, 3)
      if (this.#buffer.length < bytes) return
      const [type = 0, flags = 0] = this.#buffer.subarray(3)
      const last = bytes > HEADER_BYTES + 3 ? this.#buffer.readUInt32BE(HEADER_BYTES) : 0
      this.frames.push({ type, flags, stream: this.#buffer.readUInt32BE(5), last })
      this.#skip = bytes
    }
  }
}

/**
 * Stands between one client and an h2c server, and notes which frames go over the wire. What the server says takes
 * `delayMs` to arrive, so that the client goes on for so long after a GOAWAY.
 */
export class FrameTap implements AsyncDisposable {
  readonly #server: net.Server
  readonly #asked = new FrameReader(PREFACE_BYTES)
  readonly #answered = new FrameReader(0)

  private constructor(port: number, delayMs: number) {
    this.#server = net.createServer((client) => {
      const upstream = net.connect(port, '127.0.0.1')
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
      client.on('data', (chunk: Buffer) => {
        this.#asked.push(chunk)
        upstream.write(chunk)
      })
      client.on('close', () => upstream.destroy())
      upstream.on('data', (chunk: Buffer) => {
        this.#answered.push(chunk)
        setTimeout(() => client.write(chunk), delayMs)
      })
      upstream.on('close', () => setTimeout(() => client.end(), delayMs))
    })
  }

  static async open(port: number, delayMs: number): Promise<FrameTap> {
    const tap = new FrameTap(port, delayMs)
    tap.#server.listen(0, '127.0.0.1')
    await once(tap.#server, 'listening')
    return tap
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** What the client sent. */
  get asked(): readonly Frame[] {
    return this.#asked.frames
  }

  /** What the server sent. */
  get answered(): readonly Frame[] {
    return this.#answered.frames
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }
}
