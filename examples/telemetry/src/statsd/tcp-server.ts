import { createServer, type Server, type Socket } from 'node:net'
import { LineSplitter } from './lines.js'

/** StatsD over TCP: each connection carries lines until its client ends it. */
export class StatsdTcpServer {
  readonly server: Server
  readonly #onLine: (line: string) => void
  readonly #connections = new Set<Socket>()
  #goodbyeMs: number | undefined

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
    this.server = createServer((socket) => this.#serve(socket))
  }

  /**
   * Says goodbye to every client, reads what each still had on its way, and cuts off who does not hang up
   * within `graceMs`. StatsD clients stay connected for days, so merely waiting for them would be in vain.
   */
  async end(graceMs: number): Promise<void> {
    this.#goodbyeMs = graceMs
    await Promise.all([...this.#connections].map((socket) => sayGoodbye(socket, graceMs)))
  }

  #serve(socket: Socket): void {
    const splitter = new LineSplitter()
    const take = (lines: string[]) => {
      for (const line of lines) this.#onLine(line)
    }
    this.#connections.add(socket)
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => take(splitter.push(chunk)))
      .on('end', () => take(splitter.end()))
      .on('close', () => this.#connections.delete(socket))
      // A client that vanishes is nothing to worry about: 'close' follows, and its whole lines were counted.
      .on('error', () => {})
    if (this.#goodbyeMs !== undefined) void sayGoodbye(socket, this.#goodbyeMs)
  }
}

/** Ends our side, which the client sees, while its side is read on. Resolves when the connection is closed. */
function sayGoodbye(socket: Socket, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => socket.destroy(), graceMs)
    socket.once('close', () => {
      clearTimeout(cutOff)
      resolve()
    })
    socket.end()
  })
}
