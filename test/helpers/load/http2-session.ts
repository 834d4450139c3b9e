import http2 from 'node:http2'
import net from 'node:net'
import type { ConnectionFailure } from './connection.js'
import { classifyEnd } from './failure.js'

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants

export type StreamOutcome =
  | { readonly type: 'answered'; readonly pid: number | undefined }
  /** The server has not processed the request, and has said so: a client may send it again. */
  | { readonly type: 'refused' }
  | { readonly type: 'failed'; readonly failure: ConnectionFailure }

export interface Http2Target {
  /** On 127.0.0.1. */
  port: number
  /** From where; undefined for wherever. */
  localAddress: string | undefined
  /** How failures name the connection. */
  number: number
}

/** One connection of a client that speaks HTTP/2 without TLS. It repeats nothing, but tells what may be repeated. */
export class Http2Session {
  readonly number: number
  readonly closed: Promise<void>
  readonly #socket: net.Socket
  readonly #session: http2.ClientHttp2Session
  #connected = false
  #served = 0
  #pid: number | undefined
  #errorCode: string | undefined
  #lastStream = Number.POSITIVE_INFINITY

  constructor({ port, localAddress, number }: Http2Target, goaway: () => void) {
    this.number = number
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true, localAddress })
    this.#session = http2.connect(`http://127.0.0.1:${port}`, { createConnection: () => this.#socket })
    this.closed = new Promise((resolve) => this.#session.once('close', () => resolve()))
    this.#session.once('connect', () => {
      this.#connected = true
    })
    this.#session.on('goaway', (_code, lastStream = 0) => {
      if (this.#lastStream === Number.POSITIVE_INFINITY) goaway()
      this.#lastStream = Math.min(this.#lastStream, lastStream)
    })
    this.#session.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
  }

  /** Whether it takes another request: neither side has said that it goes. */
  get usable(): boolean {
    const { closed, destroyed } = this.#session
    return !closed && !destroyed && this.#lastStream === Number.POSITIVE_INFINITY
  }

  request(path: string, timeoutMs: number): Promise<StreamOutcome> {
    const stream = this.#session.request({ ':path': path })
    let status: number | undefined
    let pid: number | undefined
    let bytesReceived = 0
    let ended = false
    let hangs = false
    const timer = setTimeout(() => {
      hangs = true
      stream.close(NGHTTP2_CANCEL)
    }, timeoutMs)
    stream.on('response', (headers) => {
      status = headers[':status']
      pid = Number(headers['x-pid']) || undefined
    })
    stream.on('data', (chunk: Buffer) => {
      bytesReceived += chunk.length
    })
    stream.on('end', () => {
      ended = true
    })
    // Of a session that ends with an error the streams hear first: what it was is the cause of theirs.
    stream.on('error', ({ cause }) => {
      if (cause instanceof Error) this.#errorCode ??= (cause as NodeJS.ErrnoException).code
    })
    return new Promise((resolve) => {
      stream.once('close', () => {
        clearTimeout(timer)
        const complete = ended && status !== undefined && stream.rstCode === NGHTTP2_NO_ERROR
        this.#pid = pid ?? this.#pid
        const fail = (failureClass: ConnectionFailure['class'], detail: string) =>
          resolve({
            type: 'failed',
            failure: {
              class: failureClass,
              connection: this.number,
              requestsBefore: this.#served,
              pid: pid ?? this.#pid,
              written: stream.id !== undefined,
              bytesReceived,
              detail,
            },
          })
        if (hangs) fail('hang', `no response within ${timeoutMs} ms`)
        else if (complete && status === 200) resolve({ type: 'answered', pid })
        else if (complete) fail('bad-response', `status ${status}`)
        else if (status === undefined && this.#refused(stream)) resolve({ type: 'refused' })
        else {
          const fresh = this.#served === 0
          const received = bytesReceived + (status === undefined ? 0 : 1)
          const code = this.#errorCode
          fail(
            classifyEnd({ connected: this.#connected, fresh, bytesReceived: received, code }),
            `${code ?? 'closed'}, stream ${stream.id} ended with code ${stream.rstCode}`,
          )
        }
        if (complete) this.#served++
      })
    })
  }

  /** A request that was never sent is one that the server has not processed, too. */
  #refused({ rstCode, id }: http2.ClientHttp2Stream): boolean {
    if (!this.#connected) return false
    if (rstCode === NGHTTP2_REFUSED_STREAM) return true
    return this.#lastStream !== Number.POSITIVE_INFINITY && (id === undefined || id > this.#lastStream)
  }

  destroy(): Promise<void> {
    this.#session.destroy()
    // A session that was closing already would wait for the other side.
    this.#socket.destroy()
    return this.closed
  }
}
