import { ManifoldError, show } from '../errors.js'
import { GUARD_VARIABLE, GUARD_VERSION, type GuardBoot } from './protocol.js'

/**
 * What a guardian has passed in the environment.
 *
 * @throws {ManifoldError} `ERR_MANIFOLD_PROTOCOL` if it is nothing that a guardian of this version passes.
 */
export function parseBoot(text: string): GuardBoot {
  const boot = parse(text)
  if (!boot || !isAtLeast(boot.version, 1)) throw foreign(`it is ${show(text)}`)
  if (boot.version !== GUARD_VERSION)
    throw foreign(`its version is ${boot.version}, that of this master ${GUARD_VERSION}`)
  const { generation, beside, lifeline, beatMs, watchdog, inherited } = boot
  const known =
    isAtLeast(generation, 1) &&
    (beside === undefined || typeof beside === 'boolean') &&
    isAtLeast(lifeline, 3) &&
    typeof beatMs === 'number' &&
    beatMs > 0 &&
    (watchdog === undefined ||
      (isObject(watchdog) && isAtLeast(watchdog.fd, 3) && isAtLeast(watchdog.hangMs, 1))) &&
    Array.isArray(inherited)
  if (!known) throw foreign(`it is ${show(text)}`)
  return boot as unknown as GuardBoot
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isAtLeast(value: unknown, min: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= min
}

function foreign(why: string): ManifoldError {
  return new ManifoldError(
    'ERR_MANIFOLD_PROTOCOL',
    `the variable ${GUARD_VARIABLE} was not set by a guardian that this master understands: ${why}`,
  )
}
