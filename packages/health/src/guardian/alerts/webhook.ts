import type { IncomingMessage, RequestOptions } from 'node:http'
import type { Clock } from '@manifold/core'
import type { Receiver, ToldAlert } from './alert.js'
import type { AlertConfig } from './options.js'

const FIRST_PAUSE_MS = 1_000
/** The longest pause, whatever the receiver asks for. */
const MAX_PAUSE_MS = 60_000

type Webhook = NonNullable<AlertConfig['webhook']>

/** How one attempt went. */
interface Answer {
  readonly status: number
  readonly retryAfterMs: number | undefined
}

/** Sends each alert to a URL. */
export class WebhookReceiver implements Receiver {
  readonly #webhook: Webhook
  readonly #clock: Clock

  constructor(webhook: Webhook, clock: Clock) {
    this.#webhook = webhook
    this.#clock = clock
  }

  async tell(alert: ToldAlert, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify(alert)
    const { attempts } = this.#webhook
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#post(body, signal).catch((error: Error) => error)
      if (!(outcome instanceof Error) && outcome.status >= 200 && outcome.status < 300) return
      const why = outcome instanceof Error ? outcome.message : `it answered ${outcome.status}`
      if (signal.aborted || !mayRecover(outcome) || attempt >= attempts)
        throw new Error(`the webhook failed in attempt ${attempt}: ${why}`)
      const backoffMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + this.#clock.random() / 2)
      const askedMs = outcome instanceof Error ? undefined : outcome.retryAfterMs
      await this.#pause(Math.min(askedMs ?? backoffMs, MAX_PAUSE_MS), signal)
    }
  }

  /** One attempt. Redirects are not followed: where alerts go to is for the configuration to say. */
  async #post(body: string, signal: AbortSignal): Promise<Answer> {
    const { url, headers, timeoutMs } = this.#webhook
    const options: RequestOptions = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'manifold',
        ...headers,
        'content-length': Buffer.byteLength(body),
      },
      // Of the next alert nobody knows when it comes.
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }
    // Loaded when there is an alert: a guardian mostly waits.
    const { request } = await (url.startsWith('https:') ? import('node:https') : import('node:http'))
    return new Promise((resolve, reject) => {
      const sent = request(url, options, (response) => {
        resolve({ status: response.statusCode!, retryAfterMs: retryAfter(response) })
        // Its body is of no interest, and may be endless.
        response.destroy()
      })
      sent.on('error', (error) => {
        const why = signal.aborted ? 'it was stopped' : `no answer within ${timeoutMs} ms`
        reject(error.name === 'AbortError' ? new Error(why) : error)
      })
      sent.end(body)
    })
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        timer.cancel()
        signal.removeEventListener('abort', go)
        resolve()
      }
      const timer = this.#clock.after(ms, go)
      signal.addEventListener('abort', go)
    })
  }
}

function mayRecover(outcome: Answer | Error): boolean {
  return outcome instanceof Error || outcome.status === 429 || outcome.status >= 500
}

/** Seconds, or a date. */
function retryAfter({ headers }: IncomingMessage): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
