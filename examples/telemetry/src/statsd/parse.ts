/**
 * One line of the StatsD protocol, `<name>:<value>|<type>[|@<rate>]`, as a sample or as the reason why it is
 * none. Input comes from the network, so nothing here throws.
 */

export type Sample =
  | { kind: 'counter'; name: string; value: number; rate: number }
  | { kind: 'gauge'; name: string; value: number; relative: boolean }
  | { kind: 'timer'; name: string; value: number; rate: number }
  | { kind: 'set'; name: string; member: string }

export type Malformed =
  | 'too long'
  | 'no name'
  | 'no value'
  | 'bad value'
  | 'unknown type'
  | 'bad rate'
  | 'extra section'

export type Parsed = { ok: true; sample: Sample } | { ok: false; reason: Malformed }

/** In characters. Far more than any metric needs, far less than would hurt. */
export const MAX_LINE_LENGTH = 1_024

// Beyond these a sum of many samples would no longer be a number that means anything.
const MAX_VALUE = 1e15
const MIN_RATE = 1e-6

// Number() also takes '', ' ', '0x10' and 'Infinity', none of which is a StatsD value.
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

export function parseLine(line: string): Parsed {
  if (line.length > MAX_LINE_LENGTH) return malformed('too long')

  const colon = line.indexOf(':')
  const name = cleanName(colon === -1 ? line : line.slice(0, colon))
  if (name === '') return malformed('no name')
  if (colon === -1) return malformed('no value')

  const [value = '', type, rateSection, ...rest] = line.slice(colon + 1).split('|')
  if (type === undefined || value === '') return malformed('no value')
  if (rest.length > 0) return malformed('extra section')

  const rate = parseRate(rateSection)
  if (rate === undefined) return malformed('bad rate')
  return parseValue(name, value, type.trim(), rate)
}

function parseValue(name: string, text: string, type: string, rate: number): Parsed {
  // A member of a set is any text, so it must not pass through the check for numbers below.
  if (type === 's') return sample({ kind: 'set', name, member: text })
  if (!isType(type)) return malformed('unknown type')

  const value = parseNumber(text)
  if (value === undefined) return malformed('bad value')
  switch (type) {
    case 'c':
      return sample({ kind: 'counter', name, value, rate })
    case 'g':
      // The sign makes it a change: `-5` means five less, and a gauge goes below zero by way of `0`.
      return sample({ kind: 'gauge', name, value, relative: /^[+-]/.test(text.trim()) })
    case 'ms':
      // Nothing takes less than no time. A histogram counts anything, so it may be negative.
      return value < 0 ? malformed('bad value') : sample({ kind: 'timer', name, value, rate })
    case 'h':
      return sample({ kind: 'timer', name, value, rate })
  }
}

type NumericType = 'c' | 'g' | 'ms' | 'h'

function isType(type: string): type is NumericType {
  return type === 'c' || type === 'g' || type === 'ms' || type === 'h'
}

/** `@0.1` says that one event in ten was sent. No section means that every one was. */
function parseRate(section: string | undefined): number | undefined {
  if (section === undefined) return 1
  const text = section.trim()
  if (!text.startsWith('@')) return undefined
  const rate = parseNumber(text.slice(1))
  return rate !== undefined && rate >= MIN_RATE && rate <= 1 ? rate : undefined
}

function parseNumber(text: string): number | undefined {
  const trimmed = text.trim()
  if (!NUMBER.test(trimmed)) return undefined
  const value = Number(trimmed)
  return Math.abs(value) <= MAX_VALUE ? value : undefined
}

/** The usual StatsD cleaning. It also keeps escape sequences of a stranger away from our terminal. */
function cleanName(raw: string): string {
  return raw
    .trim()
    .replace(/\s+/g, '_')
    .replaceAll('/', '-')
    .replace(/[^A-Za-z0-9_.-]/g, '')
}

function sample(value: Sample): Parsed {
  return { ok: true, sample: value }
}

function malformed(reason: Malformed): Parsed {
  return { ok: false, reason }
}
