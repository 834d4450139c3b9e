import { OptionError, type ReadyMode, type SocketOption } from '@manifold/core'
import { executable, parseSocket, type SocketSpec, validate } from '@manifold/core/internal'
import { usableCpus } from './cpus.js'
import { type PolicyConfig, type PolicyOption, parsePolicy } from './policies/policy-options.js'
import type { HeartbeatConfig } from './workers/heartbeat.js'

/** A socket as in `SocketOption`; in the forms that are objects, it may have a policy of its own. */
export type ListenOption =
  | SocketOption
  | (Exclude<SocketOption, number | string> & { readonly policy?: PolicyOption })

export interface HeartbeatOptions {
  /** How often each worker says that it lives, in ms. @default 500 */
  readonly intervalMs?: number
  /**
   * After how much silence a worker is taken for stopped or stuck, in ms: what comes for it goes to its siblings, until
   * it is heard again. At least twice `intervalMs`. @default 1_500, or three times `intervalMs` if that is more
   */
  readonly timeoutMs?: number
}

/** `Listen` is for TypeScript to know the names of the sockets; leave it out. */
export interface GroupOptions<Listen = Readonly<Record<string, ListenOption>>> {
  /** The application that each worker runs: a path (from `cwd` on) or a `file:` URL; .js, .cjs, .mjs, .ts. */
  readonly exec: string | URL
  /** How many workers; `'cpus'` for as many as there are processors for us. @default 1 */
  readonly workers?: number | 'cpus'
  /** The sockets that the group holds, by name. @default none: those on which its workers listen */
  readonly listen?: Listen & Readonly<Record<string, ListenOption>>
  /** For the sockets that name none of their own. @default 'auto' */
  readonly policy?: PolicyOption
  readonly heartbeat?: HeartbeatOptions
  readonly args?: readonly string[]
  /** Options for Node. @default those of the master */
  readonly execArgv?: readonly string[]
  /** Added to the master's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  readonly stdio?: import('node:child_process').StdioOptions
  readonly serialization?: 'json' | 'advanced'
  /** @default true */
  readonly windowsHide?: boolean
  /** When a worker counts as ready. @default 'listening' */
  readonly ready?: ReadyMode
  /** How long a worker may take to get ready, in ms. @default 30_000 */
  readonly readyTimeoutMs?: number
  /** How long a worker may take to finish, in ms. What is open then is cut off. @default 30_000 */
  readonly drainTimeoutMs?: number
  /**
   * How long an idle keep-alive connection of a draining worker may still bring a request, in ms. Longer than the
   * server's `keepAliveTimeout` (5 s, and 1 s on top on newer Nodes), no connection is closed that would not have
   * been closed anyway. @default 7_000
   */
  readonly keepAliveGraceMs?: number
  /** How many messages may wait for one worker that does not read them. @default 1_000 */
  readonly maxQueued?: number
}

export interface MasterOptions<Name extends string = string, Sockets extends Listens<Name> = Listens<Name>> {
  /** The groups by name. A path or a URL alone is short for one worker that runs it. */
  readonly groups: Readonly<Record<Name, unknown>> & {
    readonly [Of in keyof Sockets]: GroupOptions<Sockets[Of]> | string | URL
  }
}

/** What each group declares under `listen`, where TypeScript knows. */
// biome-ignore lint/suspicious/noExplicitAny: what is not known must fit what is, both ways.
export type Listens<Name extends string> = Readonly<Record<Name, any>>

/** The names of the sockets in such a declaration. */
export type SocketNames<Listen> = unknown extends Listen ? string : keyof Listen & string

/** The same, checked and with defaults. */
export interface GroupConfig {
  readonly name: string
  readonly exec: string
  readonly workers: number
  readonly sockets: Readonly<Record<string, SocketSpec>>
  readonly policy: PolicyConfig
  /** Of the declared sockets, those that have one of their own. */
  readonly policies: Readonly<Record<string, PolicyConfig>>
  readonly heartbeat: HeartbeatConfig
  readonly spawn: Pick<
    GroupOptions,
    'args' | 'execArgv' | 'env' | 'cwd' | 'uid' | 'gid' | 'stdio' | 'serialization' | 'windowsHide'
  >
  readonly ready: ReadyMode
  readonly readyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly keepAliveGraceMs: number
  readonly maxQueued: number
}

const GROUP_KEYS = [
  ...[
    'exec',
    'workers',
    'listen',
    'policy',
    'heartbeat',
    'args',
    'execArgv',
    'env',
    'cwd',
    'uid',
    'gid',
    'stdio',
  ],
  ...[
    'serialization',
    'windowsHide',
    'ready',
    'readyTimeoutMs',
    'drainTimeoutMs',
    'keepAliveGraceMs',
    'maxQueued',
  ],
]

const MAX_WORKERS = 10_000
const NAME = /^[\w.-]{1,64}$/
const NAMED = 'named with letters, digits, dots, dashes and underscores, up to 64'

/** Reads the options of a master. Throws an `OptionError` that names the first wrong one. */
export function parseGroups(options: unknown): GroupConfig[] {
  const given = validate.record('options', options)
  validate.onlyKnownKeys('options', given, ['groups'])
  const groups = validate.record('groups', given.groups)
  const configs = Object.entries(groups).map(([name, group]) => parseGroup(name, group))
  if (configs.length === 0) throw new OptionError('groups', 'an object with at least one group', groups)
  return configs
}

/** Reads the options of one group. Throws an `OptionError` that names the first wrong one. */
export function parseGroup(name: string, value: unknown): GroupConfig {
  const option = `groups.${name}`
  if (name === 'master')
    throw new OptionError(option, "named otherwise: 'master' is how workers address the master", value)
  if (!NAME.test(name)) throw new OptionError(option, NAMED, value)
  const short = typeof value === 'string' || value instanceof URL
  const given = short ? { exec: value } : validate.record(option, value)
  validate.onlyKnownKeys(option, given, GROUP_KEYS)
  const at = (key: string) => `${option}.${key}`
  const or = <T>(key: string, fallback: T, check: (option: string, value: unknown) => T): T =>
    Reflect.get(given, key) === undefined ? fallback : check(at(key), Reflect.get(given, key))
  const cwd = or<string | undefined>('cwd', undefined, validate.text)
  return {
    name,
    exec: parseExec(at('exec'), given.exec),
    workers: or('workers', 1, parseWorkers),
    ...or('listen', NO_SOCKETS, (listen, sockets) => parseSockets(listen, sockets, cwd)),
    policy: or<PolicyConfig>('policy', { name: 'auto' }, parsePolicy),
    heartbeat: parseHeartbeat(at('heartbeat'), given.heartbeat),
    spawn: {
      ...present('args', or('args', undefined, validate.texts)),
      ...present('execArgv', or('execArgv', undefined, validate.texts)),
      ...present('env', or('env', undefined, parseEnv)),
      ...present('cwd', cwd),
      ...present('uid', or('uid', undefined, parseUser)),
      ...present('gid', or('gid', undefined, parseUser)),
      ...present('stdio', or('stdio', undefined, parseStdio)),
      ...present('serialization', or('serialization', undefined, parseSerialization)),
      ...present('windowsHide', or('windowsHide', undefined, validate.flag)),
    },
    ready: or<ReadyMode>('ready', 'listening', (ready, mode) =>
      validate.oneOf(ready, mode, ['listening', 'online', 'manual'] as const),
    ),
    readyTimeoutMs: or('readyTimeoutMs', 30_000, (key, ms) => validate.milliseconds(key, ms, 1)),
    drainTimeoutMs: or('drainTimeoutMs', 30_000, validate.milliseconds),
    keepAliveGraceMs: or('keepAliveGraceMs', 7_000, validate.milliseconds),
    maxQueued: or('maxQueued', 1_000, (key, count) => validate.integer(key, count, 1, 1_000_000)),
  }
}

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

type Sockets = Pick<GroupConfig, 'sockets' | 'policies'>

const NO_SOCKETS: Sockets = { sockets: {}, policies: {} }

function parseSockets(option: string, value: unknown, cwd: string | undefined): Sockets {
  const sockets: Record<string, SocketSpec> = {}
  const policies: Record<string, PolicyConfig> = {}
  for (const [name, given] of Object.entries(validate.record(option, value))) {
    const key = `${option}.${name}`
    if (!NAME.test(name)) throw new OptionError(key, NAMED, given)
    const { policy, socket } = withoutPolicy(given)
    sockets[name] = parseSocket(key, socket, cwd)
    if (policy !== undefined) policies[name] = parsePolicy(`${key}.policy`, policy)
  }
  return { sockets, policies }
}

function withoutPolicy(given: unknown): { policy?: unknown; socket: unknown } {
  if (typeof given !== 'object' || given === null) return { socket: given }
  const { policy, ...socket } = given as { policy?: unknown }
  return { policy, socket }
}

function parseHeartbeat(option: string, value: unknown): HeartbeatConfig {
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['intervalMs', 'timeoutMs'])
  const { intervalMs: every = 500 } = given
  const intervalMs = validate.milliseconds(`${option}.intervalMs`, every, 10)
  const { timeoutMs = Math.max(1_500, 3 * intervalMs) } = given
  return {
    intervalMs,
    timeoutMs: validate.milliseconds(`${option}.timeoutMs`, timeoutMs, 2 * intervalMs),
  }
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

function parseUser(option: string, value: unknown): number {
  return validate.integer(option, value, 0, 2 ** 32 - 2)
}

function parseStdio(option: string, value: unknown): NonNullable<GroupOptions['stdio']> {
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

function parseSerialization(option: string, value: unknown): 'json' | 'advanced' {
  return validate.oneOf(option, value, ['json', 'advanced'] as const)
}

function present<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T }
}
