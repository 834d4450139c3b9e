import { OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'

/** When a worker is replaced, though nothing is wrong with it yet. Its successor is ready before it goes. */
export interface RecycleOptions {
  /** Resident memory. @default without limit */
  readonly maxRssBytes?: number
  /**
   * What V8's heap holds, garbage that is not collected yet included.
   * @default 0.75 of V8's limit, without jitter
   */
  readonly maxHeapBytes?: number
  /** How long it may serve, in ms. @default without limit */
  readonly maxAgeMs?: number
  /** How many HTTP requests it may be given. @default without limit */
  readonly maxRequests?: number
  /**
   * By which part, at most, the limits of a worker are lower than that, from 0 to 1: each has its own, so that workers
   * that started together do not go together. @default 0.1
   */
  readonly jitter?: number
  /**
   * From which part of the container's memory on (from 0 to 1) the largest of the workers that have grown is replaced,
   * before the kernel kills one. @default 0.9
   */
  readonly memoryFraction?: number
}

/** The same, checked and with defaults; what has no limit is undefined. */
export interface RecycleConfig {
  readonly maxRssBytes: number | undefined
  readonly maxHeapBytes: number | undefined
  readonly maxAgeMs: number | undefined
  readonly maxRequests: number | undefined
  readonly jitter: number
  readonly memoryFraction: number
}

const KEYS = ['maxRssBytes', 'maxHeapBytes', 'maxAgeMs', 'maxRequests', 'jitter', 'memoryFraction']

/** Undefined if nobody is recycled. */
export function parseRecycle(option: string, value: unknown): RecycleConfig | undefined {
  if (value === false) return undefined
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, KEYS)
  const { jitter = 0.1, memoryFraction = 0.9, maxAgeMs } = given
  const count = (key: string) => {
    if (given[key] === undefined) return undefined
    return validate.integer(`${option}.${key}`, given[key], 1, Number.MAX_SAFE_INTEGER)
  }
  return {
    maxRssBytes: count('maxRssBytes'),
    maxHeapBytes: count('maxHeapBytes'),
    maxAgeMs: maxAgeMs === undefined ? undefined : validate.milliseconds(`${option}.maxAgeMs`, maxAgeMs, 1),
    maxRequests: count('maxRequests'),
    jitter: part(`${option}.jitter`, jitter),
    memoryFraction: part(`${option}.memoryFraction`, memoryFraction),
  }
}

function part(option: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new OptionError(option, 'a number from 0 to 1', value)
  return value
}
