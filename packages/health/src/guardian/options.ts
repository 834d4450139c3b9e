import { type Clock, OptionError, systemClock } from '@manifold/core'
import { systemdSockets, validate } from '@manifold/core/internal'
import { type LogConfig, type LogOptions, parseLog } from '../observe/log/options.js'
import { PACE_KEYS, type PaceConfig, type PaceOptions, parsePace } from '../restart/pace.js'
import { type AlertConfig, type AlertOptions, parseAlerts } from './alerts/options.js'
import { logicalDirectory, type Program, scriptAt } from './program.js'

/** When a master that has died is followed by another, and how fast. */
export interface MasterRestartOptions extends PaceOptions {
  /** Always; or unless it has ended by itself with exit code 0, which ends the guardian as well. @default 'always' */
  readonly policy?: 'always' | 'on-failure'
}

export interface GuardOptions {
  /** What the service is called. Only one guardian of a user has the same. @default the directory, the script and its `args` */
  readonly name?: string
  /** What the script finds in `process.argv`. @default none */
  readonly args?: readonly string[]
  /** Options for the Node of the master. @default those of this process */
  readonly execArgv?: readonly string[]
  /** The Node of the master: looked up anew at each start. @default that of this process */
  readonly execPath?: string
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the master runs. Links in it are followed anew at each start. @default where this process was started */
  readonly cwd?: string
  /** Descriptors that this process has inherited and the master is to have under the same number. @default none */
  readonly fds?: readonly number[]
  /** How long a new master may take until all its groups are ready, in ms. @default 60_000 */
  readonly settleTimeoutMs?: number
  /**
   * A master that has said nothing for so long is killed, and followed by another. Its workers serve on meanwhile.
   * `false`: never. @default { timeoutMs: 2_500 }
   */
  readonly heartbeat?: { readonly timeoutMs?: number } | false
  readonly restart?: MasterRestartOptions
  /**
   * SIGTERM and SIGINT stop (the second kills), SIGUSR2 and SIGHUP upgrade. @default true
   */
  readonly signals?: boolean
  /** Who is told when something goes wrong. @default nobody */
  readonly alerts?: AlertOptions
  /** Every event is written there, as a line of JSON. @default nowhere */
  readonly log?: LogOptions
}

export interface MasterRestartConfig extends PaceConfig {
  readonly policy: 'always' | 'on-failure'
  readonly maxRestarts: number
}

/** The same, checked and with defaults. */
export interface GuardConfig {
  readonly clock: Clock
  readonly name: string
  readonly program: Program
  readonly fds: readonly number[]
  /** What systemd has passed. */
  readonly inherited: readonly { readonly fd: number; readonly name: string }[]
  readonly settleTimeoutMs: number
  readonly heartbeat: { readonly timeoutMs: number } | undefined
  readonly restart: MasterRestartConfig
  readonly signals: boolean
  readonly alerts: AlertConfig | undefined
  readonly log: LogConfig | undefined
}

const KEYS = [
  ...['name', 'args', 'execArgv', 'execPath', 'env', 'cwd', 'fds', 'settleTimeoutMs'],
  ...['heartbeat', 'restart', 'signals', 'alerts', 'log'],
]

/** A shorter one would take a busy machine for a hang. */
const MIN_TIMEOUT_MS = 100

/** @throws {OptionError} naming the wrong option. */
export function parseGuard(master: unknown, options: unknown, clock: Clock = systemClock): GuardConfig {
  if (!(master instanceof URL)) validate.text('master', master)
  const given = validate.record('options', options)
  validate.onlyKnownKeys('options', given, KEYS)
  const program = parseProgram(master as string | URL, given)
  const { name, fds = [], settleTimeoutMs = 60_000, signals = true } = given
  return {
    clock,
    program,
    name:
      name === undefined
        ? [program.cwd, program.script, ...program.args].join('\0')
        : validate.text('name', name),
    fds: parseDescriptors(fds),
    inherited: systemdSockets(),
    settleTimeoutMs: validate.milliseconds('settleTimeoutMs', settleTimeoutMs, 1),
    heartbeat: parseHeartbeat(given.heartbeat),
    restart: parseMasterRestart(given.restart),
    signals: validate.flag('signals', signals),
    alerts: parseAlerts('alerts', given.alerts),
    log: parseLog('log', given.log),
  }
}

function parseProgram(master: string | URL, given: Record<string, unknown>): Program {
  const { args = [], execArgv = process.execArgv, execPath = process.execPath, env = {} } = given
  const started = logicalDirectory()
  return {
    script: scriptAt(master, started),
    args: validate.texts('args', args),
    execArgv: validate.texts('execArgv', execArgv),
    execPath: validate.text('execPath', execPath),
    env: parseEnvironment(env),
    cwd: given.cwd === undefined ? started : scriptAt(validate.text('cwd', given.cwd), started),
  }
}

function parseEnvironment(value: unknown): Program['env'] {
  for (const [name, item] of Object.entries(validate.record('env', value))) {
    if (item !== undefined && typeof item !== 'string')
      throw new OptionError(`env.${name}`, 'a string or undefined', item)
  }
  return value as Program['env']
}

function parseDescriptors(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new OptionError('fds', 'an array of descriptors', value)
  return value.map((fd, index) => validate.integer(`fds[${index}]`, fd, 3, 1_023))
}

function parseHeartbeat(value: unknown): GuardConfig['heartbeat'] {
  if (value === false) return undefined
  const given = value === undefined ? {} : validate.record('heartbeat', value)
  validate.onlyKnownKeys('heartbeat', given, ['timeoutMs'])
  const { timeoutMs = 2_500 } = given
  return { timeoutMs: validate.milliseconds('heartbeat.timeoutMs', timeoutMs, MIN_TIMEOUT_MS) }
}

const MAX_RESTARTS = 10

function parseMasterRestart(value: unknown): MasterRestartConfig {
  const given = value === undefined ? {} : validate.record('restart', value)
  validate.onlyKnownKeys('restart', given, ['policy', ...PACE_KEYS])
  const { policy = 'always' } = given
  const pace = parsePace('restart', given)
  return {
    policy: validate.oneOf('restart.policy', policy, ['always', 'on-failure'] as const),
    ...pace,
    maxRestarts: pace.maxRestarts ?? MAX_RESTARTS,
  }
}
