import { ManifoldError } from '@manifold/core'
import { log } from '@manifold/core/internal'
import { plain } from './plain.js'
import type { Sink } from './sink.js'

const debug = log('event-log')

/** The longest line there is: what is more of an event is left out. */
export const MAX_LINE_BYTES = 65_536

/** One event, told as plain fields. */
export interface LoggedEvent {
  readonly source: string
  readonly event: string
  readonly fields: object
}

/**
 * Writes events as lines of JSON. It never throws: who cannot write a line has lost it, says so once, and writes how
 * many are missing as soon as it can again.
 */
export class EventLog {
  readonly #sink: Sink
  readonly #failed: (error: ManifoldError) => void
  #lost = 0
  #failing = false

  constructor(sink: Sink, failed: (error: ManifoldError) => void) {
    this.#sink = sink
    this.#failed = failed
  }

  write({ source, event, fields }: LoggedEvent): void {
    const line = lineOf(source, event, fields)
    try {
      if (this.#lost > 0) this.#sink.write(lineOf('log', 'lost', { lines: this.#lost }))
      this.#sink.write(line)
      this.#lost = 0
      this.#failing = false
    } catch (cause) {
      this.#lost++
      this.fail(cause)
    }
  }

  /** Says so, once: the event that does is lost as well. */
  fail(cause: unknown): void {
    if (this.#failing) return
    this.#failing = true
    const error = new ManifoldError('ERR_MANIFOLD_LOG', `the event log loses events: ${textOf(cause)}`, {
      cause,
    })
    debug('%o', error)
    this.#failed(error)
  }

  close(): void {
    try {
      this.#sink.close()
    } catch (error) {
      debug('on closing: %o', error)
    }
  }
}

function lineOf(source: string, event: string, fields: object): string {
  const head = { time: new Date().toISOString(), source, event }
  try {
    const line = `${JSON.stringify({ ...head, ...(plain(fields) as object), ...head })}\n`
    const bytes = Buffer.byteLength(line)
    if (bytes <= MAX_LINE_BYTES) return line
    const { group, slot, worker } = fields as Record<string, unknown>
    return `${JSON.stringify({ ...head, group, slot, worker, cutBytes: bytes })}\n`
  } catch (error) {
    // A getter of the application's that throws, for example.
    return `${JSON.stringify({ ...head, unreadable: textOf(error) })}\n`
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
