import { Connection, type ConnectionFailure, type Target } from './load/connection.js'
import type { Failure } from './load/failure.js'
import { Pacer } from './load/pacer.js'
import { countByClass, distribution, type LoadReport } from './load/report.js'
import type { LoadResponse } from './load/response-reader.js'

export { type Failure, type FailureClass, failureClasses } from './load/failure.js'
export { describeFailures, type LoadReport, summarize } from './load/report.js'
export type { LoadResponse }

export interface LoadOptions {
  /** Where to: `{ port, host }` (host 127.0.0.1 by default) or `{ path }` of a Unix socket. */
  target: Target
  /** Requests per second. */
  rate: number
  /** Ends by itself after this time; without it, at `stop()`. */
  durationMs?: number
  /** The share of requests, 0 to 1, that go over kept connections; the others are `Connection: close`. @default 0.5 */
  keepAliveShare?: number
  /** How many connections are kept and used in turn. @default 20 */
  keptConnections?: number
  /** Milliseconds after which a request without a complete response counts as a hang. @default 5_000 */
  timeoutMs?: number
  /**
   * How many requests may be under way at a time. One that is due while there are so many is left out, and counted:
   * a client that the machine cannot carry says so, rather than drown the server. @default without limit
   */
  maxUnderWay?: number
  /** From how many addresses connections come in turn, 127.0.0.1 and on: as many clients, as a server sees it. @default 1 */
  sources?: number
  /** What is requested. @default '/' */
  url?: string
  /** Says what is wrong with a response, if something is. By default any status but 200 is. */
  check?: (response: LoadResponse) => string | undefined
  /** Told of each answer, at once: the process that gave it, and how long after its request was due. */
  answered?: (pid: number, waitedMs: number) => void
}

/**
 * Sends HTTP/1.1 requests at a constant rate, by an absolute timetable: neither slow responses nor failures put a
 * later request off. Nothing is ever retried, so that each failure which a client would see is counted.
 */
export class LoadClient {
  /** The report, when the load has ended by itself or by `stop()`. */
  readonly done: Promise<LoadReport>

  readonly #options: Required<Omit<LoadOptions, 'durationMs'>> & { durationMs: number }
  readonly #pacer: Pacer
  readonly #open = new Set<Connection>()
  readonly #pool = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #underWay = new Set<Promise<void>>()
  readonly #failures: Failure[] = []
  readonly #answersByPid = new Map<number, number>()
  readonly #samples = { connect: [] as number[], newConnection: [] as number[], latency: [] as number[] }
  readonly #counts = { sent: 0, ok: 0, opened: 0, reused: 0, overflowed: 0, idleEnded: 0, askedToClose: 0 }
  #skipped = 0
  #endedAt: number | undefined
  #finish: () => void = () => {}

  constructor(options: LoadOptions) {
    this.#options = {
      keepAliveShare: 0.5,
      keptConnections: 20,
      timeoutMs: 5_000,
      sources: 1,
      maxUnderWay: Number.POSITIVE_INFINITY,
      url: '/',
      check: ({ status }) => (status === 200 ? undefined : `status ${status}`),
      answered: () => {},
      durationMs: Number.POSITIVE_INFINITY,
      ...options,
    }
    const ended = new Promise<void>((resolve) => {
      this.#finish = resolve
    })
    this.done = ended.then(() => this.#settle())
    const { rate, durationMs } = this.#options
    this.#pacer = new Pacer({
      rate,
      durationMs,
      begin: (index, dueAt) => this.#begin(index, dueAt),
      ended: () => this.#finish(),
    })
    this.#pacer.start()
  }

  /** Starts no further request, awaits those under way (each ends within `timeoutMs`) and closes all connections. */
  stop(): Promise<LoadReport> {
    this.#pacer.stop()
    this.#finish()
    return this.done
  }

  /** What has been seen so far. */
  report(): LoadReport {
    return {
      durationMs: (this.#endedAt ?? performance.now()) - this.#pacer.startedAt,
      sent: this.#counts.sent,
      skipped: this.#skipped,
      ok: this.#counts.ok,
      failures: [...this.#failures],
      counts: countByClass(this.#failures),
      connectionsOpened: this.#counts.opened,
      reused: this.#counts.reused,
      overflowed: this.#counts.overflowed,
      idleEnded: this.#counts.idleEnded,
      askedToClose: this.#counts.askedToClose,
      answersByPid: new Map(this.#answersByPid),
      connectMs: distribution(this.#samples.connect),
      newConnectionMs: distribution(this.#samples.newConnection),
      latencyMs: distribution(this.#samples.latency),
      lateMs: this.#pacer.lateMs,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #begin(index: number, dueAt: number): void {
    if (this.#underWay.size >= this.#options.maxUnderWay) {
      this.#skipped++
      return
    }
    this.#counts.sent++
    const request = this.#send(this.#isKeepAlive(index), dueAt)
    this.#underWay.add(request)
    request.then(() => this.#underWay.delete(request))
  }

  /** Spreads the keep-alive requests evenly between the others. */
  #isKeepAlive(index: number): boolean {
    const { keepAliveShare } = this.#options
    return Math.floor((index + 1) * keepAliveShare) > Math.floor(index * keepAliveShare)
  }

  async #send(keepAlive: boolean, dueAt: number): Promise<void> {
    const { url, timeoutMs, check } = this.#options
    const connection = keepAlive ? this.#takeKept() : this.#connect()
    const header = keepAlive ? 'keep-alive' : 'close'
    const text = `GET ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: ${header}\r\n\r\n`
    const { answer, failure } = await connection.request({ text, timeoutMs, check })
    if (failure !== undefined) this.#fail(failure)
    if (answer === undefined) return
    const waitedMs = performance.now() - dueAt
    this.#samples.latency.push(waitedMs)
    if (answer.firstByteMs !== undefined) this.#samples.newConnection.push(answer.firstByteMs)
    const { pid } = connection
    if (pid !== undefined) {
      this.#answersByPid.set(pid, (this.#answersByPid.get(pid) ?? 0) + 1)
      this.#options.answered(pid, waitedMs)
    }
    if (failure === undefined) this.#counts.ok++
    this.#release(connection, keepAlive, answer.response.keepAlive)
  }

  /** Fills the pool first, then takes its connections in turn; when all are busy, the rate still has to be kept. */
  #takeKept(): Connection {
    if (this.#pool.size >= this.#options.keptConnections) {
      const connection = this.#idle.shift()
      if (connection !== undefined) {
        this.#counts.reused++
        return connection
      }
      this.#counts.overflowed++
    }
    const connection = this.#connect()
    this.#pool.add(connection)
    return connection
  }

  #release(connection: Connection, keepAlive: boolean, allowed: boolean): void {
    if (keepAlive && !allowed) this.#counts.askedToClose++
    const surplus = this.#pool.size > this.#options.keptConnections
    if (keepAlive && allowed && connection.usable && !surplus) {
      this.#idle.push(connection)
      return
    }
    this.#pool.delete(connection)
    connection.end()
  }

  #connect(): Connection {
    const { target, sources } = this.#options
    const number = ++this.#counts.opened
    const source = sources > 1 ? { localAddress: `127.0.0.${1 + (number % sources)}` } : {}
    const connection: Connection = new Connection({ ...target, ...source }, number, {
      connected: (waitMs) => this.#samples.connect.push(waitMs),
      idleEnded: () => this.#drop(connection),
      unsolicited: (failure) => this.#fail(failure),
    })
    this.#open.add(connection)
    connection.closed.then(() => {
      this.#open.delete(connection)
      this.#pool.delete(connection)
    })
    return connection
  }

  /** At once, not only when it is closed: a request on it now would fail by our fault. */
  #drop(connection: Connection): void {
    this.#pool.delete(connection)
    const index = this.#idle.indexOf(connection)
    if (index === -1) return
    this.#idle.splice(index, 1)
    if (this.#endedAt === undefined) this.#counts.idleEnded++
  }

  #fail(failure: ConnectionFailure): void {
    this.#failures.push({ ...failure, atMs: performance.now() - this.#pacer.startedAt })
  }

  async #settle(): Promise<LoadReport> {
    this.#endedAt = performance.now()
    await Promise.all(this.#underWay)
    await Promise.all([...this.#open].map((connection) => connection.destroy()))
    return this.report()
  }
}
