import path from 'node:path'
import type { Writable } from 'node:stream'
import { OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import { MAX_LINE_BYTES } from './event-log.js'
import type { LogFileConfig } from './log-file.js'

/** Where every event is written to, as one line of JSON each. */
export type LogOptions =
  | {
      /** Appended to; made with the mode 0640 if it is not there. */
      readonly file: string
      /** No file grows beyond it, from 65,536. @default 10_485_760 */
      readonly maxBytes?: number
      /** So many files are kept: this one and the last ones before it, `file.1` being the youngest. @default 2 */
      readonly maxFiles?: number
    }
  /** Written to, never ended. What it has not passed on is bounded: beyond 1 MiB, events are lost. */
  | { readonly stream: Writable }

export type LogConfig = LogFileConfig | { readonly stream: Writable }

/** @throws {OptionError} naming the wrong option. */
export function parseLog(option: string, value: unknown): LogConfig | undefined {
  if (value === undefined) return undefined
  const given = validate.record(option, value)
  if ('stream' in given) {
    validate.onlyKnownKeys(option, given, ['stream'])
    return { stream: parseStream(`${option}.stream`, given.stream) }
  }
  validate.onlyKnownKeys(option, given, ['file', 'maxBytes', 'maxFiles'])
  const { file, maxBytes = 10 * 1_048_576, maxFiles = 2 } = given
  return {
    file: path.resolve(validate.text(`${option}.file`, file)),
    maxBytes: validate.integer(`${option}.maxBytes`, maxBytes, MAX_LINE_BYTES, Number.MAX_SAFE_INTEGER),
    maxFiles: validate.integer(`${option}.maxFiles`, maxFiles, 1, 100),
  }
}

function parseStream(option: string, value: unknown): Writable {
  const { write, on, off } = validate.record(option, value)
  if (typeof write === 'function' && typeof on === 'function' && typeof off === 'function') {
    return value as Writable
  }
  throw new OptionError(option, 'a stream that can be written to', value)
}
