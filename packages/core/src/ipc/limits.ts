import { OptionError } from '../errors.js'
import type { Choice } from '../roster.js'
import { flag, integer, milliseconds, oneOf, onlyKnownKeys, record, signal, text } from '../validate.js'

/** How long a call may take, who is to answer it, and what becomes of it if that worker dies. */
export interface CallLimits {
  /** In ms. @default 30_000 */
  readonly timeoutMs?: number
  /** Gives up when it is aborted; whoever answers is told. */
  readonly signal?: AbortSignal
  /** The worker in that slot is to answer. @default any, in turn */
  readonly slot?: number
  /** All calls with the same key are answered by the same worker, for as long as its slot is served. */
  readonly key?: string
  /**
   * The request may be executed more than once: if its worker dies, or if there is none, another one is asked as soon
   * as there is one, until the time is up. @default false
   */
  readonly retry?: boolean
}

/** Checked, and with defaults. */
export interface Limits extends Choice {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly retry: boolean
}

export type Via = 'link' | 'master'

const KEYS = ['timeoutMs', 'signal', 'slot', 'key', 'retry']

/** @throws {OptionError} naming the wrong one. */
export function parseLimits(limits: CallLimits, alsoKnown: readonly string[] = []): Limits {
  onlyKnownKeys('limits', record('limits', limits), [...KEYS, ...alsoKnown])
  const { timeoutMs = 30_000, signal: given, slot, key, retry = false } = limits
  if (slot !== undefined && key !== undefined)
    throw new OptionError('limits.key', 'left out where limits.slot is given', key)
  return {
    timeoutMs: milliseconds('limits.timeoutMs', timeoutMs),
    signal: given === undefined ? undefined : signal('limits.signal', given),
    slot: slot === undefined ? undefined : integer('limits.slot', slot, 0, Number.MAX_SAFE_INTEGER),
    key: key === undefined ? undefined : text('limits.key', key),
    retry: flag('limits.retry', retry),
  }
}

export function parseVia(via: Via | undefined): Via {
  return via === undefined ? 'link' : oneOf('limits.via', via, ['link', 'master'])
}
