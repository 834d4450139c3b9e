import net from 'node:net'
import { classifyEnd, type Failure } from './failure.js'
import { type LoadResponse, ResponseReader } from './response-reader.js'

export type Target = { port: number; host?: string; localAddress?: string } | { path: string }

export interface Answer {
  response: LoadResponse
  /** On a new connection only: from the call of connect() to the first byte of the response. */
  firstByteMs: number | undefined
}

/** What a connection knows of a failure; the load client adds when it was. */
export type ConnectionFailure = Omit<Failure, 'atMs'>

/** A response that the check found wrong is both: an answer, and a failure. */
export interface Outcome {
  answer?: Answer
  failure?: ConnectionFailure
}

export interface ConnectionEvents {
  connected(waitMs: number): void
  /** The other side ended the connection, and no request was under way. */
  idleEnded(): void
  /** The server sent something without being asked. The connection is given up. */
  unsolicited(failure: ConnectionFailure): void
}

export interface RequestOptions {
  /** The request as it goes over the wire. */
  text: string
  timeoutMs: number
  /** Says what is wrong with a response, if something is. */
  check(response: LoadResponse): string | undefined
}

/** A request on its way. */
interface Exchange {
  reader: ResponseReader
  request: RequestOptions
  fresh: boolean
  written: boolean
  firstByteMs: number | undefined
  timer: NodeJS.Timeout
  settle(outcome: Outcome): void
}

/** One client connection with at most one request on it at a time. It retries nothing. */
export class Connection {
  readonly number: number
  /** The server process at the other end, as its latest response told. */
  pid: number | undefined
  readonly closed: Promise<void>

  readonly #socket: net.Socket
  readonly #events: ConnectionEvents
  readonly #openedAt = performance.now()
  #connected = false
  #from: string | undefined
  #served = 0
  #errorCode: string | undefined
  #exchange: Exchange | undefined

  constructor(target: Target, number: number, events: ConnectionEvents) {
    this.number = number
    this.#events = events
    this.#socket = net.connect({ host: '127.0.0.1', ...target, noDelay: true })
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.on('connect', () => this.#onConnect())
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
    this.#socket.on('close', () => this.#onClose())
  }

  /** Whether another request may be sent: the server has not ended its side. */
  get usable(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded && this.#socket.writable
  }

  request(request: RequestOptions): Promise<Outcome> {
    const { timeoutMs } = request
    return new Promise((resolve) => {
      this.#exchange = {
        reader: new ResponseReader(),
        request,
        fresh: this.#served === 0,
        written: false,
        firstByteMs: undefined,
        timer: setTimeout(() => this.#giveUp('hang', `no response within ${timeoutMs} ms`), timeoutMs),
        settle: resolve,
      }
      if (this.#connected) this.#write(this.#exchange)
    })
  }

  /** Ends our side; the server ends the other one. */
  end(): void {
    this.#socket.end()
  }

  destroy(): Promise<void> {
    this.#socket.destroy()
    return this.closed
  }

  #write(exchange: Exchange): void {
    this.#socket.write(exchange.request.text, (error) => {
      exchange.written = error === undefined || error === null
    })
  }

  #onConnect(): void {
    this.#connected = true
    const { localAddress, localPort } = this.#socket
    if (localPort !== undefined) this.#from = `${localAddress}:${localPort}`
    this.#events.connected(performance.now() - this.#openedAt)
    if (this.#exchange !== undefined) this.#write(this.#exchange)
  }

  #onData(chunk: Buffer): void {
    const exchange = this.#exchange
    if (exchange === undefined) {
      const detail = `unasked: ${JSON.stringify(chunk.toString('latin1', 0, 80))}`
      this.#events.unsolicited(this.#failure('bad-response', detail, undefined))
      this.#socket.destroy()
      return
    }
    if (exchange.fresh) exchange.firstByteMs ??= performance.now() - this.#openedAt
    this.#read(exchange, () => exchange.reader.push(chunk))
  }

  #onEnd(): void {
    const exchange = this.#exchange
    if (exchange === undefined) this.#events.idleEnded()
    else this.#read(exchange, () => exchange.reader.end())
  }

  #read(exchange: Exchange, step: () => LoadResponse | undefined): void {
    let response: LoadResponse | undefined
    try {
      response = step()
    } catch (error) {
      this.#giveUp('bad-response', (error as Error).message)
      return
    }
    if (response === undefined) return
    this.pid = pidOf(response) ?? this.pid
    const answer = { response, firstByteMs: exchange.firstByteMs }
    const wrong = exchange.request.check(response)
    this.#settle(
      wrong === undefined ? { answer } : { answer, failure: this.#failure('bad-response', wrong, exchange) },
    )
    this.#served++
  }

  #onClose(): void {
    const exchange = this.#exchange
    if (exchange === undefined) {
      this.#events.idleEnded()
      return
    }
    const failureClass = classifyEnd({
      connected: this.#connected,
      fresh: exchange.fresh,
      bytesReceived: exchange.reader.bytes,
      code: this.#errorCode,
    })
    this.#settle({ failure: this.#failure(failureClass, this.#errorCode ?? 'closed', exchange) })
  }

  #giveUp(failureClass: Failure['class'], detail: string): void {
    this.#settle({ failure: this.#failure(failureClass, detail, this.#exchange) })
    this.#socket.destroy()
  }

  #settle(outcome: Outcome): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    clearTimeout(exchange.timer)
    exchange.settle(outcome)
  }

  #failure(
    failureClass: Failure['class'],
    detail: string,
    exchange: Exchange | undefined,
  ): ConnectionFailure {
    const pid = Number(exchange?.reader.headers?.get('x-pid'))
    return {
      class: failureClass,
      connection: this.number,
      from: this.#from,
      ageMs: performance.now() - this.#openedAt,
      requestsBefore: this.#served,
      pid: pid > 0 ? pid : this.pid,
      written: exchange?.written ?? false,
      bytesReceived: exchange?.reader.bytes ?? 0,
      detail,
    }
  }
}

/** The process that answered: the header `x-pid`, or `pid` in a JSON body. */
function pidOf(response: LoadResponse): number | undefined {
  const header = Number(response.headers.get('x-pid'))
  if (header > 0) return header
  const match = /"pid":\s*(\d+)/.exec(response.body.toString('latin1', 0, 1024))
  return match === null ? undefined : Number(match[1])
}
