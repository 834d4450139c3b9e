import { OptionError } from '@manifold/core'
import { executable, validate } from '@manifold/core/internal'
import { usableCpus } from '../cpus.js'
import type { GroupOptions } from './group-options.js'

const MAX_WORKERS = 10_000

export function parseExec(option: string, value: unknown): string {
  const exec = value instanceof URL ? value : validate.text(option, value)
  try {
    return executable(exec)
  } catch {
    throw new OptionError(option, 'a path, or a file: URL of one', String(exec))
  }
}

export function parseWorkers(option: string, value: unknown): number {
  if (value === 'cpus') return usableCpus()
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_WORKERS) return value
  throw new OptionError(option, `a whole number from 0 to ${MAX_WORKERS}, or 'cpus'`, value)
}

export function parseEnv(option: string, value: unknown): Record<string, string | undefined> {
  for (const [name, content] of Object.entries(validate.record(option, value))) {
    if (name === '' || /[=\0]/.test(name)) {
      throw new OptionError(`${option}.${name}`, 'named without = and NUL', content)
    }
    if (content !== undefined && (typeof content !== 'string' || content.includes('\0'))) {
      throw new OptionError(
        `${option}.${name}`,
        'a string without NUL, or undefined to take it away',
        content,
      )
    }
  }
  return value as Record<string, string | undefined>
}

export function parseUser(option: string, value: unknown): number {
  return validate.integer(option, value, 0, 2 ** 32 - 2)
}

export function parseStdio(option: string, value: unknown): NonNullable<GroupOptions['stdio']> {
  if (!Array.isArray(value)) return validate.oneOf(option, value, STREAMS)
  if (value.length < 3) throw new OptionError(option, 'one word, or an array of at least three', value)
  for (const [index, item] of value.entries()) {
    const isStream =
      STREAMS.includes(item) || (item === 'ipc' && value.indexOf(item) === index) || isOpen(item)
    if (isStream) continue
    const expected = `one of ${STREAMS.map((word) => `'${word}'`).join(', ')}, 'ipc' once, a descriptor, or a stream`
    throw new OptionError(`${option}[${index}]`, expected, item)
  }
  return value
}

const STREAMS = ['inherit', 'ignore', 'pipe', 'overlapped'] as const

/** What a child process can inherit: nothing in particular, a descriptor, or a stream that has one. */
function isOpen(item: unknown): boolean {
  if (item === null || item === undefined) return true
  if (typeof item === 'number') return Number.isInteger(item) && item >= 0
  return typeof item === 'object' && 'pipe' in item
}

export function parseSerialization(option: string, value: unknown): 'json' | 'advanced' {
  return validate.oneOf(option, value, ['json', 'advanced'] as const)
}
