import { once } from 'node:events'
import net from 'node:net'
import { type LoadResponse, ResponseReader } from '../helpers/load/response-reader.js'

/** Generous, because it only matters when something is broken. */
const PATIENCE_MS = 30_000

interface Exchange {
  readonly reader: ResponseReader
  readonly resolve: (response: LoadResponse) => void
  readonly reject: (error: Error) => void
}

/** One connection, over which one request after another goes. Nothing is retried. */
export class HttpClient {
  /** Resolves when the connection is over: with the code of its error, or `closed` if it was closed in order. */
  readonly ended: Promise<string>
  /** Resolves with the first bytes that come. */
  readonly someBytes: Promise<unknown>
  readonly #socket: net.Socket
  #exchange: Exchange | undefined
  #outcome = 'closed'

  private constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.ended = new Promise((resolve) => this.#socket.once('close', () => resolve(this.#outcome)))
    this.someBytes = new Promise((resolve) => this.#socket.once('data', resolve))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#outcome = error.code ?? error.message
    })
    this.#socket.on('data', (chunk: Buffer) => this.#read((reader) => reader.push(chunk)))
    this.#socket.on('end', () => this.#read((reader) => reader.end()))
    this.#socket.on('close', () => this.#exchange?.reject(new Error(`no response: ${this.#outcome}`)))
  }

  /** Resolves when the system has made the connection: a server need not have accepted it yet. */
  static async connect(port: number): Promise<HttpClient> {
    const client = new HttpClient(port)
    await once(client.#socket, 'connect')
    return client
  }

  get localPort(): number {
    return this.#socket.localPort!
  }

  /** Sends anything, a part of a request perhaps. */
  write(data: string | Buffer): void {
    this.#socket.write(data)
  }

  /** What comes from now on, byte for byte, as soon as it ends so. */
  async readUntil(end: string): Promise<string> {
    let text = ''
    for (;;) {
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
      text += chunk.toString('latin1')
      if (text.endsWith(end)) return text
    }
  }

  get(url = '/', header: 'keep-alive' | 'close' = 'keep-alive'): Promise<LoadResponse> {
    const response = this.response()
    this.write(`GET ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: ${header}\r\n\r\n`)
    return response
  }

  /** The next response. */
  response(): Promise<LoadResponse> {
    const answered = new Promise<LoadResponse>((resolve, reject) => {
      this.#exchange = { reader: new ResponseReader(), resolve, reject }
    })
    const timer = setTimeout(() => {
      this.#exchange?.reject(new Error(`no response within ${PATIENCE_MS} ms`))
    }, PATIENCE_MS)
    return answered.finally(() => {
      clearTimeout(timer)
      this.#exchange = undefined
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #read(step: (reader: ResponseReader) => LoadResponse | undefined): void {
    try {
      const response = this.#exchange && step(this.#exchange.reader)
      if (response) this.#exchange?.resolve(response)
    } catch (error) {
      this.#exchange?.reject(error as Error)
    }
  }
}

/** The process that answered. */
export function pidOf({ headers }: LoadResponse): number {
  return Number(headers.get('x-pid'))
}

/** One request on a connection of its own. */
export async function getOnce(
  port: number,
  url = '/',
): Promise<{ pid: number; localPort: number; ms: number }> {
  const startedAt = performance.now()
  using client = await HttpClient.connect(port)
  const { localPort } = client
  const pid = pidOf(await client.get(url, 'close'))
  return { pid, localPort, ms: performance.now() - startedAt }
}
