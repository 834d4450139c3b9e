import { validate } from '@manifold/core/internal'
import { parseEnv, parseExec } from '../options/values.js'
import type { Release } from './release.js'

export interface ReloadOptions {
  /** How many slots are renewed at a time. @default 1 */
  readonly batch?: number
  /**
   * Whether the successor comes first: it takes over when it is ready, and only then the old worker drains. Without,
   * the old worker finishes before the new one is started, and `batch` bounds how many slots are not served. @default true
   */
  readonly surge?: boolean
  /** How long the first batch must serve before the others follow, in ms. @default 0 */
  readonly canaryMs?: number
  /** A new release; each of these replaces the group's own as a whole once the reload has succeeded. */
  readonly exec?: string | URL
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** The same, checked and with defaults. */
export interface ReloadConfig {
  readonly batch: number
  readonly surge: boolean
  readonly canaryMs: number
  /** What the new release changes; undefined if it is the same. */
  readonly change: Partial<Release> | undefined
}

const RELEASE = {
  exec: parseExec,
  args: validate.texts,
  env: parseEnv,
  cwd: validate.text,
} satisfies Record<keyof Release, unknown>

const KEYS = ['batch', 'surge', 'canaryMs', ...Object.keys(RELEASE)]

/** Throws an `OptionError` that names the first wrong one: `reload.batch`. */
export function parseReload(options: unknown = {}): ReloadConfig {
  const given = validate.record('reload', options)
  validate.onlyKnownKeys('reload', given, KEYS)
  const { batch = 1, surge = true, canaryMs = 0 } = given
  const changes = Object.entries(RELEASE).flatMap(([key, check]) =>
    given[key] === undefined ? [] : [[key, check(`reload.${key}`, given[key])] as const],
  )
  return {
    batch: validate.integer('reload.batch', batch, 1, Number.MAX_SAFE_INTEGER),
    surge: validate.flag('reload.surge', surge),
    canaryMs: validate.milliseconds('reload.canaryMs', canaryMs),
    change: changes.length === 0 ? undefined : Object.fromEntries(changes),
  }
}
