import { tmpdir } from 'node:os'
import path from 'node:path'
import { OptionError, type ReadyMode } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import type { HeartbeatConfig } from '../workers/heartbeat.js'
import type { OverloadConfig, ReportsConfig } from './group-config.js'

export function parseHeartbeat(option: string, value: unknown): HeartbeatConfig {
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['intervalMs', 'timeoutMs'])
  const { intervalMs: every = 625 } = given
  const intervalMs = validate.milliseconds(`${option}.intervalMs`, every, 10)
  const { timeoutMs = Math.max(1_250, 2 * intervalMs) } = given
  return {
    intervalMs,
    timeoutMs: validate.milliseconds(`${option}.timeoutMs`, timeoutMs, 2 * intervalMs),
  }
}

export function parseOverload(option: string, value: unknown): OverloadConfig | undefined {
  if (value === false) return undefined
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['delayMs', 'forMs'])
  const { delayMs = 250, forMs = 2_000 } = given
  return {
    delayMs: validate.milliseconds(`${option}.delayMs`, delayMs, 1),
    forMs: validate.milliseconds(`${option}.forMs`, forMs),
  }
}

export function parseReports(option: string, value: unknown): ReportsConfig | undefined {
  if (value === false) return undefined
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['directory', 'maxFiles'])
  const { directory = defaultDirectory(), maxFiles = 20 } = given
  return {
    isDefault: given.directory === undefined,
    directory: path.resolve(validate.text(`${option}.directory`, directory)),
    maxFiles: validate.integer(`${option}.maxFiles`, maxFiles, 1, 10_000),
  }
}

/** One for each user: another's could not be written to. */
function defaultDirectory(): string {
  return path.join(tmpdir(), `manifold-reports-${process.getuid?.() ?? 0}`)
}

/** A worker that is ready as soon as it runs would do its work while it stands by. */
export function parseStandby(option: string, value: unknown, ready: ReadyMode): number {
  const standby = validate.integer(option, value, 0, 1_000)
  if (standby > 0 && ready === 'online') throw new OptionError(option, "0 with ready: 'online'", value)
  return standby
}

/** Whether there are such groups, and no circle, is known when all of them are. */
export function parseAfter(option: string, value: unknown): readonly string[] {
  return validate.texts(option, value)
}
