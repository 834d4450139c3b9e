import { OptionError, type ReadyMode } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import { type PolicyConfig, parsePolicy } from '../policies/policy-options.js'
import type { GroupConfig } from './group-config.js'
import { parseAfter, parseHeartbeat, parseOverload, parseReports, parseStandby } from './life.js'
import { NAME, NAMED } from './names.js'
import { NO_SOCKETS, parseSockets } from './sockets.js'
import { parseEnv, parseExec, parseSerialization, parseStdio, parseUser, parseWorkers } from './values.js'

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
  ...['after', 'standby', 'maxConnections', 'overload', 'onUncaught', 'hangReport', 'reports'],
]

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
  const ready = or<ReadyMode>('ready', 'listening', (key, mode) =>
    validate.oneOf(key, mode, ['listening', 'online', 'manual'] as const),
  )
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
    ready,
    readyTimeoutMs: or('readyTimeoutMs', 30_000, (key, ms) => validate.milliseconds(key, ms, 1)),
    drainTimeoutMs: or('drainTimeoutMs', 30_000, validate.milliseconds),
    keepAliveGraceMs: or('keepAliveGraceMs', 7_000, validate.milliseconds),
    maxQueued: or('maxQueued', 1_000, (key, count) => validate.integer(key, count, 1, 1_000_000)),
    after: or<readonly string[]>('after', [], parseAfter),
    standby: or('standby', 0, (key, count) => parseStandby(key, count, ready)),
    maxConnections: or<number | undefined>('maxConnections', undefined, (key, count) =>
      validate.integer(key, count, 1, Number.MAX_SAFE_INTEGER),
    ),
    overload: parseOverload(at('overload'), given.overload),
    onUncaught: or('onUncaught', 'drain', (key, way) => validate.oneOf(key, way, ['drain', 'exit'] as const)),
    hangReport: or('hangReport', true, validate.flag),
    reports: parseReports(at('reports'), given.reports),
    cluster: false,
  }
}

function present<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T }
}
