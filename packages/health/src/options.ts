import { type Clock, systemClock } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import { type JudgementOptions, parseJudgement } from './heartbeat/options.js'
import { type LogOptions, parseLog } from './observe/log/options.js'
import { type HttpOptions, parseHttp } from './observe/options.js'
import { parseRecycle, type RecycleOptions } from './recycle/options.js'
import { parseRestart, type RestartOptions } from './restart/options.js'

/** What each group may have rules of its own for. */
export interface RuleOptions {
  readonly restart?: RestartOptions
  /** `false`: silent workers lose their connections to siblings, but not their life. */
  readonly heartbeat?: JudgementOptions | false
  /** `false`: no worker is replaced that has not failed. */
  readonly recycle?: RecycleOptions | false
}

export interface SuperviseOptions extends RuleOptions {
  /** By the name of a group, what is different there: key by key. It need not exist yet. */
  readonly groups?: Readonly<Record<string, RuleOptions>>
  /** Every event is written there, as a line of JSON. @default nowhere */
  readonly log?: LogOptions
  /** `/livez`, `/readyz`, `/metrics` and `/status` of the master are served there. @default nowhere */
  readonly http?: HttpOptions
}

/** One parser for each subject of the rules; the value may be undefined. */
const RULES = {
  restart: parseRestart,
  heartbeat: parseJudgement,
  recycle: parseRecycle,
}

/** One parser for each subject that concerns the master as a whole; the value may be undefined. */
const ALONE = {
  log: parseLog,
  http: parseHttp,
}

/** The rules of one group, checked and with defaults. */
export type Rules = Parsed<typeof RULES>

export interface SuperviseConfig extends Parsed<typeof ALONE> {
  readonly clock: Clock
  rulesOf(group: string): Rules
}

type Parsed<Parsers extends Record<string, (option: string, value: unknown) => unknown>> = {
  readonly [Key in keyof Parsers]: ReturnType<Parsers[Key]>
}

export function parseOptions(options: unknown, clock: Clock = systemClock): SuperviseConfig {
  const given = validate.record('options', options)
  validate.onlyKnownKeys('options', given, [...Object.keys(RULES), 'groups', ...Object.keys(ALONE)])
  const common = parse(RULES, (key) => [key, given[key]])
  const groups = new Map<string, Rules>()
  const named = given.groups === undefined ? {} : validate.record('groups', given.groups)
  for (const [name, value] of Object.entries(named))
    groups.set(name, parseOwn(`groups.${name}`, value, given))
  return {
    ...parse(ALONE, (key) => [key, given[key]]),
    clock,
    rulesOf: (group) => groups.get(group) ?? common,
  }
}

function parseOwn(option: string, value: unknown, common: Record<string, unknown>): Rules {
  const own = validate.record(option, value)
  validate.onlyKnownKeys(option, own, Object.keys(RULES))
  return parse(RULES, (key) => [`${option}.${key}`, override(common[key], own[key])])
}

function parse<Parsers extends Record<string, (option: string, value: unknown) => unknown>>(
  parsers: Parsers,
  given: (key: string) => [option: string, value: unknown],
): Parsed<Parsers> {
  const parsed = Object.entries(parsers).map(([key, parser]) => [key, parser(...given(key))])
  return Object.fromEntries(parsed) as Parsed<Parsers>
}

/** What is set in both counts as set in the second. Anything but two objects is left to the parser. */
function override(common: unknown, own: unknown): unknown {
  if (own === undefined) return common
  if (!isObject(common) || !isObject(own)) return own
  const set = Object.entries(own).filter(([, value]) => value !== undefined)
  return { ...common, ...Object.fromEntries(set) }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
