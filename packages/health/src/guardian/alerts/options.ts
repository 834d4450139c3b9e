import { OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'

export interface WebhookOptions {
  /** `http:` or `https:`. It is sent a POST request with JSON. */
  readonly url: string
  /** Sent with it. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** How long the answer to one attempt may take, in ms. @default 5_000 */
  readonly timeoutMs?: number
  /** How often it is tried at most, if the network or the receiver fails (429, 5xx), with growing pauses. @default 5 */
  readonly attempts?: number
}

/** Who is told when something goes wrong, and when it is well again. */
export interface AlertOptions {
  /**
   * Run with the alert as JSON on its input, and in the variables `MANIFOLD_ALERT_KIND`, `…_SUBJECT`, `…_STATE` and
   * `…_TEXT`. A string is for `/bin/sh`, an array a program and its arguments. Killed after 10 s.
   */
  readonly command?: string | readonly string[]
  readonly webhook?: string | WebhookOptions
  /** So often at most is the same trouble told; what is held back is counted. @default 60_000 */
  readonly minIntervalMs?: number
}

/** The same, checked and with defaults. Plain data: it goes to the master as JSON. */
export interface AlertConfig {
  readonly command?: string | readonly string[]
  readonly webhook?: Required<WebhookOptions>
  readonly minIntervalMs: number
}

const MAX_ATTEMPTS = 20

/** @throws {OptionError} naming the wrong option. */
export function parseAlerts(option: string, value: unknown): AlertConfig | undefined {
  if (value === undefined) return undefined
  const given = validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['command', 'webhook', 'minIntervalMs'])
  const { command, webhook, minIntervalMs = 60_000 } = given
  if (command === undefined && webhook === undefined)
    throw new OptionError(option, 'an object with a command, a webhook, or both', value)
  return {
    ...(command !== undefined && { command: parseCommand(`${option}.command`, command) }),
    ...(webhook !== undefined && { webhook: parseWebhook(`${option}.webhook`, webhook) }),
    minIntervalMs: validate.milliseconds(`${option}.minIntervalMs`, minIntervalMs),
  }
}

function parseCommand(option: string, value: unknown): string | readonly string[] {
  if (typeof value === 'string') return validate.text(option, value)
  if (!Array.isArray(value)) throw new OptionError(option, 'a string or an array of strings', value)
  const words = validate.texts(option, value)
  validate.text(`${option}[0]`, words[0])
  return words
}

function parseWebhook(option: string, value: unknown): Required<WebhookOptions> {
  if (typeof value === 'string')
    return { url: parseUrl(option, value), headers: {}, timeoutMs: 5_000, attempts: 5 }
  const given = validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['url', 'headers', 'timeoutMs', 'attempts'])
  const { url, headers = {}, timeoutMs = 5_000, attempts = 5 } = given
  return {
    url: parseUrl(`${option}.url`, url),
    headers: parseHeaders(`${option}.headers`, headers),
    timeoutMs: validate.milliseconds(`${option}.timeoutMs`, timeoutMs, 1),
    attempts: validate.integer(`${option}.attempts`, attempts, 1, MAX_ATTEMPTS),
  }
}

function parseUrl(option: string, value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href
  throw new OptionError(option, 'a URL of http: or https:', value)
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function parseHeaders(option: string, value: unknown): Readonly<Record<string, string>> {
  for (const [name, text] of Object.entries(validate.record(option, value))) {
    if (!HEADER_NAME.test(name)) throw new OptionError(option, 'an object of names of headers', name)
    if (typeof text !== 'string' || !HEADER_VALUE.test(text))
      throw new OptionError(`${option}.${name}`, 'a value of a header', text)
  }
  return { ...(value as Record<string, string>) }
}
