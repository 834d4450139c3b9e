import type { LogLine } from './line.js'

const ELSEWHERE = new Set(['time', 'source', 'event', 'group', 'slot', 'worker', 'stack'])

/** What an event has to say beside its name and whom it is about, on one line. */
export function detail(line: LogLine): string {
  const parts = Object.entries(line).flatMap(([name, value]) => {
    if (ELSEWHERE.has(name) || value === undefined || value === null) return []
    const text = Object.hasOwn(WRITTEN, name) ? WRITTEN[name]!(value as never) : `${name}=${textOf(value)}`
    return text === '' ? [] : [text]
  })
  return oneLine(parts.join('  '))
}

interface Reason {
  readonly type: string
  readonly code?: number
  readonly signal?: string
  readonly error?: Failure
}

interface Failure {
  readonly code?: string
  readonly message?: string
}

interface Vitals {
  readonly delayP99Ms: number
  readonly utilization: number
  readonly rssBytes: number
  readonly connections: number
}

/** Fields that read better in another way than as `name=value`. */
const WRITTEN: Readonly<Record<string, (value: never) => string>> = {
  reason: (reason: Reason | string) => {
    if (typeof reason === 'string') return reason
    if (reason.type === 'exited') return `exit code ${reason.code}`
    if (reason.type === 'unspawned') return WRITTEN.error!(reason.error as never)
    return reason.type === 'killed' ? `${reason.signal}, as it did not finish in time` : `${reason.signal}`
  },
  error: ({ code, message = '' }: Failure) => {
    // What follows on the first line is the end of a worker's stderr.
    const first = message.split('\n', 1)[0]
    return code === undefined ? `${first}` : `${first} (${code})`
  },
  address: (address: { address?: string; port?: number; path?: string }) =>
    address.path ?? `${address.address}:${address.port}`,
  vitals: ({ delayP99Ms, utilization, rssBytes, connections }: Vitals) =>
    `delay p99 ${delayP99Ms} ms, busy ${Math.round(utilization * 100)} %, ` +
    `${Math.round(rssBytes / 1_048_576)} MiB, ${connections} connections`,
  uptimeMs: (ms: number) => `after ${seconds(ms)}`,
  silentMs: (ms: number) => `for ${seconds(ms)}`,
  hungMs: (ms: number) => `for ${seconds(ms)}`,
  delayMs: (ms: number) => `in ${seconds(ms)}`,
  destroyedConnections: (count: number) => (count === 0 ? '' : `${count} connections cut off`),
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' '))
}

/** Without what a terminal would obey: the log has what workers said. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
}
