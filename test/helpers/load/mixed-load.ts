import { LoadClient } from '../load-client.js'
import type { Failure } from './failure.js'
import { Http2Load } from './http2-load.js'
import { OpenWebSockets } from './open-web-sockets.js'
import { describeFailures } from './report.js'

export interface MixedLoadOptions {
  /** Where HTTP/1.1 and WebSockets are served, on 127.0.0.1. */
  http: number
  /** Where HTTP/2 without TLS is. */
  h2c: number
  /** Requests per second, of all kinds together. */
  rate: number
  webSockets: number
  /** As of `OpenWebSockets`. */
  lifeMs?: number
  /** @default 5_000 */
  timeoutMs?: number
}

export interface MixedReport {
  durationMs: number
  /** Requests per kind that were answered. */
  ok: { keepAlive: number; close: number; http2: number }
  sent: number
  skipped: number
  /** HTTP/2 requests that were refused unprocessed, and repeated. */
  repeated: number
  /** How many failed of each kind and class; empty when all is well. */
  failures: Map<string, number>
  /** The first of them, one by one. */
  details: string
  webSockets: { opened: number; echoes: number; closes: Map<number, number> }
  longestMs: { keepAlive: number; close: number; http2: number; webSocket: number }
  /** By how much the client itself was late at worst. */
  lateMs: number
}

/** Of all requests; the rest is HTTP/2. */
const SHARE = { keepAlive: 0.4, close: 0.2 }

/** Of each kind. More at a time is a machine that cannot follow, and not what is to be measured. */
const MOST_UNDER_WAY = 400

/**
 * How often a kept connection is used, per second. A client that leaves one idle for as long as a server grants may
 * lose the race between its next request and the server's end, and no server can help that.
 */
const USES_PER_SECOND = 10
const MOST_KEPT = 20

/** From as many addresses each kind comes: as many clients, where a policy looks at that. */
const SOURCES = 100

/** Clients of every kind at once: HTTP/1.1 with and without keep-alive, HTTP/2, and open WebSockets. */
export class MixedLoad {
  readonly #keepAlive: LoadClient
  readonly #close: LoadClient
  readonly #http2: Http2Load
  readonly #webSockets: OpenWebSockets

  constructor({ http, h2c, rate, webSockets, lifeMs, timeoutMs = 5_000 }: MixedLoadOptions) {
    const common = { timeoutMs, maxUnderWay: MOST_UNDER_WAY, sources: SOURCES }
    const target = { port: http }
    this.#webSockets = new OpenWebSockets({
      port: http,
      count: webSockets,
      timeoutMs,
      sources: SOURCES,
      ...(lifeMs !== undefined && { lifeMs }),
    })
    const kept = {
      rate: rate * SHARE.keepAlive,
      keepAliveShare: 1,
      keptConnections: Math.min(MOST_KEPT, Math.ceil((rate * SHARE.keepAlive) / USES_PER_SECOND)),
    }
    this.#keepAlive = new LoadClient({ ...common, target, ...kept })
    this.#close = new LoadClient({ ...common, target, rate: rate * SHARE.close, keepAliveShare: 0 })
    this.#http2 = new Http2Load({ ...common, port: h2c, rate: rate * (1 - SHARE.keepAlive - SHARE.close) })
  }

  /** How many WebSockets are open now. */
  get openWebSockets(): number {
    return this.#webSockets.open
  }

  async stop(): Promise<MixedReport> {
    const [keepAlive, close, http2, webSockets] = await Promise.all([
      this.#keepAlive.stop(),
      this.#close.stop(),
      this.#http2.stop(),
      this.#webSockets.stop(),
    ])
    const requests = [keepAlive, close, http2]
    const failures = new Map<string, number>()
    const details: string[] = []
    const note = (kind: string, failed: Failure[]) => {
      for (const failure of failed) {
        const name = `${kind} ${failure.class}`
        failures.set(name, (failures.get(name) ?? 0) + 1)
      }
      if (failed.length > 0) details.push(`${kind}:\n${describeFailures(failed)}`)
    }
    note('keep-alive', keepAlive.failures)
    note('close', close.failures)
    note('HTTP/2', http2.failures)
    if (webSockets.failures.length > 0) {
      failures.set('WebSocket', webSockets.failures.length)
      details.push(`WebSocket:\n${webSockets.failures.slice(0, 20).join('\n')}`)
    }
    return {
      durationMs: keepAlive.durationMs,
      ok: { keepAlive: keepAlive.ok, close: close.ok, http2: http2.ok },
      sent: requests.reduce((sum, { sent }) => sum + sent, 0),
      skipped: requests.reduce((sum, { skipped }) => sum + skipped, 0),
      repeated: http2.repeated,
      failures,
      details: details.join('\n'),
      webSockets,
      longestMs: {
        keepAlive: keepAlive.latencyMs.max,
        close: close.latencyMs.max,
        http2: http2.latencyMs.max,
        webSocket: webSockets.longestOpenMs,
      },
      lateMs: Math.max(...requests.map(({ lateMs }) => lateMs)),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
