import { MAX_TIMER_MS } from './clock.js'
import { OptionError } from './errors.js'

/** Small checks that options share. Each names the option in full, so that the reader finds the line to mend. */

export function record(option: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OptionError(option, 'an object', value)
  }
  return value as Record<string, unknown>
}

/** Refuses keys that nobody reads: a misspelt option must not be a silent one. */
export function onlyKnownKeys(option: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    throw new OptionError(
      `${option}.${key}`,
      `left out (known here: ${known.join(', ')})`,
      Reflect.get(value, key),
    )
  }
}

export function milliseconds(option: string, value: unknown, minimum = 0): number {
  if (typeof value !== 'number' || !(value >= minimum && value <= MAX_TIMER_MS)) {
    throw new OptionError(option, `a number of milliseconds from ${minimum} to ${MAX_TIMER_MS}`, value)
  }
  return value
}

export function integer(option: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new OptionError(option, `a whole number from ${minimum} to ${maximum}`, value)
  }
  return value
}

export function oneOf<T extends string>(option: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new OptionError(option, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, value)
  }
  return value as T
}

export function text(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw new OptionError(option, 'a string that is not empty and has no NUL', value)
  }
  return value
}

export function texts(option: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new OptionError(option, 'an array of strings', value)
  return value.map((item, index) => {
    if (typeof item !== 'string' || item.includes('\0')) {
      throw new OptionError(`${option}[${index}]`, 'a string that has no NUL', item)
    }
    return item
  })
}

export function flag(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new OptionError(option, 'true or false', value)
  return value
}

export function callable<T>(option: string, value: T): T {
  if (typeof value !== 'function') throw new OptionError(option, 'a function', value)
  return value
}

export function signal(option: string, value: unknown): AbortSignal {
  if (!(value instanceof AbortSignal)) throw new OptionError(option, 'an AbortSignal', value)
  return value
}
