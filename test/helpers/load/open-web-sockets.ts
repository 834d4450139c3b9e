import { WebSocket } from 'ws'

export interface OpenWebSocketsOptions {
  /** On 127.0.0.1, of a server that sends back what it gets. */
  port: number
  count: number
  /** Milliseconds between two messages on each. @default 1_000 */
  everyMs?: number
  /** Milliseconds within which one is open, and a message comes back. @default 5_000 */
  timeoutMs?: number
  /** About how long one lasts before its client goes and comes back, in milliseconds. @default without limit */
  lifeMs?: number
  /** As of `LoadClient`. @default 1 */
  sources?: number
}

export interface WebSocketsReport {
  opened: number
  /** Messages that came back. */
  echoes: number
  /** How often one was closed by the server with each code; 1006 stands for an end without a close frame. */
  closes: Map<number, number>
  /** What went wrong, in words; a close with any other code than 1001 is in it. */
  failures: string[]
  /** From the moment at which one is wanted to an open one. */
  longestOpenMs: number
}

const NORMAL = 1000
const GOING_AWAY = 1001
/** So that a server which refuses all is not asked without end. */
const AGAIN_MS = 100

/** Keeps a number of WebSockets open, talks on each now and then, and comes back when the server goes away. */
export class OpenWebSockets {
  readonly #options: Required<OpenWebSocketsOptions>
  readonly #sockets = new Set<WebSocket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #startedAt = performance.now()
  readonly #closes = new Map<number, number>()
  readonly #failures: string[] = []
  readonly #counts = { opened: 0, echoes: 0, longestOpenMs: 0 }
  #asked = 0
  #stopping = false

  constructor(options: OpenWebSocketsOptions) {
    this.#options = {
      everyMs: 1_000,
      timeoutMs: 5_000,
      lifeMs: Number.POSITIVE_INFINITY,
      sources: 1,
      ...options,
    }
    for (let n = 0; n < this.#options.count; n++) this.#open()
  }

  report(): WebSocketsReport {
    return { ...this.#counts, closes: new Map(this.#closes), failures: [...this.#failures] }
  }

  /** How many are open now. */
  get open(): number {
    return [...this.#sockets].filter(({ readyState }) => readyState === WebSocket.OPEN).length
  }

  async stop(): Promise<WebSocketsReport> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    const ends = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    )
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all(ends)
    return this.report()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #open(): void {
    if (this.#stopping) return
    const { port, timeoutMs, lifeMs, sources } = this.#options
    const from = sources > 1 ? { localAddress: `127.0.0.${1 + (this.#asked++ % sources)}` } : {}
    const askedAt = performance.now()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { handshakeTimeout: timeoutMs, ...from })
    this.#sockets.add(socket)
    let opened = false
    let left = false
    let trouble = 'closed'
    const conversation: NodeJS.Timeout[] = []
    socket.on('open', () => {
      opened = true
      this.#counts.opened++
      this.#counts.longestOpenMs = Math.max(this.#counts.longestOpenMs, performance.now() - askedAt)
      this.#talk(socket, conversation)
      if (lifeMs < Number.POSITIVE_INFINITY) {
        this.#after((0.5 + Math.random()) * lifeMs, () => {
          left = socket.readyState === WebSocket.OPEN
          if (left) socket.close(NORMAL)
        })
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      trouble = error.code ?? error.message
    })
    socket.on('close', (code) => {
      for (const timer of conversation) this.#cancel(timer)
      this.#sockets.delete(socket)
      if (this.#stopping) return
      if (left && code === NORMAL) return this.#open()
      if (opened) this.#closes.set(code, (this.#closes.get(code) ?? 0) + 1)
      if (opened && code === GOING_AWAY) return this.#open()
      this.#fail(opened ? `closed with ${code} (${trouble})` : `not opened: ${trouble}`)
      this.#after(AGAIN_MS, () => this.#open())
    })
  }

  /** One message at a time: the next is sent a while after the answer to the last. */
  #talk(socket: WebSocket, timers: NodeJS.Timeout[]): void {
    const { everyMs, timeoutMs } = this.#options
    let count = 0
    const say = () => {
      const message = `message ${count++}`
      // A closing handshake that has begun meanwhile is an answer, too.
      const hang = this.#after(timeoutMs, () => {
        if (socket.readyState !== WebSocket.OPEN) return
        this.#fail(`no echo within ${timeoutMs} ms`)
        socket.terminate()
      })
      timers.push(hang)
      socket.once('message', (data) => {
        this.#cancel(hang)
        if (String(data) !== message) this.#fail(`'${data}' for an echo of '${message}'`)
        this.#counts.echoes++
        timers.splice(0, timers.length, this.#after(everyMs, say))
      })
      socket.send(message)
    }
    timers.push(this.#after(Math.random() * everyMs, say)) // not all of them in one moment
  }

  #after(ms: number, callback: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      callback()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  #cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer)
    this.#timers.delete(timer)
  }

  #fail(what: string): void {
    this.#failures.push(`${what} at ${(performance.now() - this.#startedAt).toFixed(0)} ms`)
  }
}
