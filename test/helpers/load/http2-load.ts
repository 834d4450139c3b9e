import type { Failure } from './failure.js'
import { Http2Session, type StreamOutcome } from './http2-session.js'
import { Pacer } from './pacer.js'
import { type Distribution, distribution } from './report.js'

export interface Http2LoadOptions {
  /** On 127.0.0.1. */
  port: number
  /** Requests per second. */
  rate: number
  /** Over how many connections they go in turn. @default 10 */
  sessions?: number
  /** Milliseconds after which a request without a complete response counts as a hang. @default 5_000 */
  timeoutMs?: number
  /** As of `LoadClient`. @default without limit */
  maxUnderWay?: number
  /** As of `LoadClient`. @default 1 */
  sources?: number
  /** @default '/' */
  url?: string
}

export interface Http2Report {
  durationMs: number
  sent: number
  ok: number
  skipped: number
  failures: Failure[]
  /** Requests that crossed a GOAWAY, were not processed, and were sent again on another connection. */
  repeated: number
  sessionsOpened: number
  goaways: number
  /** From the moment at which the timetable had the request to the end of its response, repeats included. */
  latencyMs: Distribution
  lateMs: number
}

/** A request that is refused as often as this has failed: so many servers in a row do not go by chance. */
const MOST_REPEATS = 5

/**
 * Sends HTTP/2 requests at a constant rate, as `LoadClient` does HTTP/1.1 ones. What a server says it has not processed
 * is repeated at once, as RFC 9113 (8.7) has it; nothing else is.
 */
export class Http2Load {
  readonly #options: Required<Http2LoadOptions>
  readonly #pacer: Pacer
  readonly #sessions: (Http2Session | undefined)[]
  readonly #open = new Set<Http2Session>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #failures: Failure[] = []
  readonly #latencies: number[] = []
  readonly #counts = { sent: 0, ok: 0, skipped: 0, repeated: 0, sessionsOpened: 0, goaways: 0 }
  #endedAt: number | undefined
  #turn = 0

  constructor(options: Http2LoadOptions) {
    this.#options = {
      sessions: 10,
      timeoutMs: 5_000,
      sources: 1,
      maxUnderWay: Number.POSITIVE_INFINITY,
      url: '/',
      ...options,
    }
    this.#sessions = Array.from({ length: this.#options.sessions })
    this.#pacer = new Pacer({
      rate: this.#options.rate,
      durationMs: Number.POSITIVE_INFINITY,
      begin: (_index, dueAt) => this.#begin(dueAt),
      ended: () => {},
    })
    this.#pacer.start()
  }

  /** What has been seen so far. */
  report(): Http2Report {
    return {
      ...this.#counts,
      durationMs: (this.#endedAt ?? performance.now()) - this.#pacer.startedAt,
      failures: [...this.#failures],
      latencyMs: distribution(this.#latencies),
      lateMs: this.#pacer.lateMs,
    }
  }

  /** Starts no further request, awaits those under way and closes all connections. */
  async stop(): Promise<Http2Report> {
    this.#pacer.stop()
    this.#endedAt ??= performance.now()
    await Promise.all(this.#underWay)
    await Promise.all([...this.#open].map((session) => session.destroy()))
    return this.report()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #begin(dueAt: number): void {
    if (this.#underWay.size >= this.#options.maxUnderWay) {
      this.#counts.skipped++
      return
    }
    this.#counts.sent++
    const request = this.#send(dueAt)
    this.#underWay.add(request)
    request.then(() => this.#underWay.delete(request))
  }

  async #send(dueAt: number): Promise<void> {
    const { url, timeoutMs } = this.#options
    for (let repeats = 0; ; repeats++) {
      const session = this.#take()
      const outcome: StreamOutcome = await session.request(url, timeoutMs)
      if (outcome.type === 'answered') {
        this.#counts.ok++
        this.#latencies.push(performance.now() - dueAt)
        return
      }
      if (outcome.type === 'failed') return this.#fail(outcome.failure)
      if (repeats >= MOST_REPEATS) {
        const detail = `refused ${repeats + 1} times`
        const { number: connection } = session
        const untold = { requestsBefore: 0, pid: undefined, written: true, bytesReceived: 0 }
        return this.#fail({ class: 'bad-response', connection, ...untold, detail })
      }
      this.#counts.repeated++
    }
  }

  #take(): Http2Session {
    const place = this.#turn++ % this.#sessions.length
    const session = this.#sessions[place]
    if (session?.usable) return session
    const successor = this.#connect()
    this.#sessions[place] = successor
    return successor
  }

  #connect(): Http2Session {
    const { port, sources } = this.#options
    const number = ++this.#counts.sessionsOpened
    const localAddress = sources > 1 ? `127.0.0.${1 + (number % sources)}` : undefined
    const session = new Http2Session({ port, localAddress, number }, () => {
      this.#counts.goaways++
    })
    this.#open.add(session)
    session.closed.then(() => this.#open.delete(session))
    return session
  }

  #fail(failure: Omit<Failure, 'atMs'>): void {
    this.#failures.push({ ...failure, atMs: performance.now() - this.#pacer.startedAt })
  }
}
