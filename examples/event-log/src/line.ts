import { detail, printable } from './detail.js'

export interface FormatOptions {
  /** Stacks below the line of their event. */
  readonly stacks: boolean
  /** ANSI colours. */
  readonly colours: boolean
}

/** What every line of the log has; the rest depends on the event. */
export interface LogLine {
  readonly time: string
  readonly source: string
  readonly event: string
  readonly group?: string
  readonly slot?: number
  readonly worker?: { readonly id: number; readonly pid?: number }
  readonly [field: string]: unknown
}

/** One line of the log, for people; with stacks, some more. What is no such line is shown as it is. */
export function linesOf(line: string, { stacks, colours }: FormatOptions): string[] {
  if (line.trim() === '') return []
  const parsed = parse(line)
  if (!parsed) return [printable(line)]
  const { time, event, group, slot, worker } = parsed
  const place = group === undefined ? '' : slot === undefined ? group : `${group}/${slot}`
  const columns = [
    // Local to nobody: that of the log.
    dim(printable(time).replace('T', ' ').replace('Z', ''), colours),
    paint(printable(event).padEnd(WIDEST_EVENT), colourOf(event), colours),
    printable(place).padEnd(12),
    (worker?.pid === undefined ? '' : `pid ${worker.pid}`).padEnd(11),
    detail(parsed),
  ]
  const stack = stacks ? stackOf(parsed) : undefined
  const below = stack?.split('\n').map((frame) => dim(`    ${printable(frame.trimEnd())}`, colours)) ?? []
  return [columns.join('  ').trimEnd(), ...below]
}

const WIDEST_EVENT = 'reloadAborted'.length

function parse(line: string): LogLine | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    const { time, event } = (parsed ?? {}) as Partial<LogLine>
    return typeof time === 'string' && typeof event === 'string' ? (parsed as LogLine) : undefined
  } catch {
    return undefined
  }
}

function stackOf({ stack, error }: LogLine): string | undefined {
  if (typeof stack === 'string') return stack
  const ofError = (error as { stack?: unknown } | undefined)?.stack
  return typeof ofError === 'string' ? ofError : undefined
}

const RED = 31
const GREEN = 32
const YELLOW = 33

/** What is wrong, what may get wrong, and what is well again. */
const COLOURS: Readonly<Record<string, number>> = {
  uncaught: RED,
  hang: RED,
  failed: RED,
  vacant: RED,
  standbyVacant: RED,
  crashloop: RED,
  giveup: RED,
  killing: RED,
  reloadAborted: RED,
  logFailed: RED,
  endpointFailed: RED,
  lost: RED,
  report: RED,
  silent: YELLOW,
  terminating: YELLOW,
  backoff: YELLOW,
  overload: YELLOW,
  backlog: YELLOW,
  recycle: YELLOW,
  recycleFailed: YELLOW,
  memoryPressure: YELLOW,
  leftVacant: YELLOW,
  saturated: YELLOW,
  ready: GREEN,
  heard: GREEN,
  relieved: GREEN,
  unsaturated: GREEN,
  stable: GREEN,
  respawn: GREEN,
  promoted: GREEN,
  started: GREEN,
}

function colourOf(event: string): number | undefined {
  return Object.hasOwn(COLOURS, event) ? COLOURS[event] : undefined
}

function paint(text: string, colour: number | undefined, colours: boolean): string {
  return colours && colour !== undefined ? `\x1b[${colour}m${text}\x1b[0m` : text
}

function dim(text: string, colours: boolean): string {
  return colours ? `\x1b[2m${text}\x1b[0m` : text
}
