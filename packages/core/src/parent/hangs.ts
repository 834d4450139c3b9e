import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { log } from '../debug.js'
import type { Hang } from '../ipc/protocol.js'

const debug = log('hang')

/** A stack of fifty calls has some 5 KB. */
const MAX_CHARACTERS = 65_536

/** Reads what the watchdog of a worker tells: a line of JSON for each hang. What is none is not believed. */
export class Hangs {
  readonly #decoder = new StringDecoder('utf8')
  readonly #report: (hang: Hang) => void
  #line = ''

  constructor(source: Socket | undefined, report: (hang: Hang) => void) {
    this.#report = report
    source?.on('data', (chunk: Buffer) => this.#read(this.#decoder.write(chunk)))
    // A pipe that breaks is no news: the exit of its process is.
    source?.on('error', () => {})
    // What keeps a master alive is the worker.
    source?.unref()
  }

  #read(text: string): void {
    const [end = '', ...next] = text.split('\n')
    this.#add(end)
    for (const line of next) {
      const hang = parse(this.#line)
      if (hang) this.#report(hang)
      else debug('not a report: %s', this.#line)
      this.#line = ''
      this.#add(line)
    }
  }

  /** One that is cut off is no JSON any more. */
  #add(text: string): void {
    this.#line = (this.#line + text).slice(0, MAX_CHARACTERS)
  }
}

function parse(line: string): Hang | undefined {
  try {
    const { hungMs, stack, why } = JSON.parse(line) as Record<keyof Hang, unknown>
    const isText = (value: unknown) => value === undefined || typeof value === 'string'
    if (!Number.isFinite(hungMs) || !isText(stack) || !isText(why)) return undefined
    return { hungMs, stack, why } as Hang
  } catch {
    return undefined
  }
}
