import { OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import type { Search } from '../first-bytes/found.js'
import { byCookie, byHeader } from '../first-bytes/http-head.js'
import { byProxyProtocol } from '../first-bytes/proxy-protocol.js'
import type { Policy } from './policy.js'

/**
 * Who accepts connections, and who gets them.
 *
 * | policy | who accepts | for |
 * | --- | --- | --- |
 * | `'auto'` | `kernel` where SO_REUSEPORT balances, else `shared` | nearly everything |
 * | `'kernel'` | each worker on a socket of its own | speed |
 * | `'shared'` | all workers on one socket | speed where there is no SO_REUSEPORT |
 * | `'round-robin'` | the master; the next worker in turn | an even spread |
 * | `'least-connections'` | the master; the worker with the fewest connections | connections that differ in length |
 * | `'sticky'`, `{ sticky: … }` | the master; by client | Socket.IO and the like |
 * | `{ add, remove, pick }`, or a function that makes one | the master; whom it picks | anything else |
 */
export type PolicyOption = PolicyName | StickyOptions | Policy | (() => Policy)

export type PolicyName = 'auto' | 'kernel' | 'shared' | 'round-robin' | 'least-connections' | 'sticky'

export interface StickyOptions {
  /**
   * What tells one client from another: its `address`; the address that a proxy names in a PROXY protocol header; a
   * header of the first request on a connection, of a list the first item; or a cookie.
   */
  readonly sticky: 'address' | 'proxy-protocol' | { readonly header: string } | { readonly cookie: string }
  /**
   * With `proxy-protocol`: takes the header off, and shows the client's address as `socket.remoteAddress`. Otherwise
   * the worker's server gets it, and must know what it is. @default false
   */
  readonly strip?: boolean
  /** How much is read to find a header or a cookie. @default 8_192 */
  readonly maxBytes?: number
  /** How long a client may take to send that from its first byte on, in ms. Then its address counts. @default 1_000 */
  readonly timeoutMs?: number
}

/** What a policy is called in `status()`. */
export type EffectivePolicy = Exclude<PolicyName, 'auto'> | 'custom'

/** The same, checked and with defaults. */
export type PolicyConfig =
  | { readonly name: 'auto' }
  | { readonly name: 'kernel' | 'shared' | 'round-robin' | 'least-connections' }
  | {
      readonly name: 'sticky'
      /** Undefined if the address alone tells. */
      readonly search: Search | undefined
      /** Whether the master takes from each connection what no worker can read. */
      readonly strips: boolean
      readonly maxBytes: number
      readonly timeoutMs: number
    }
  /** `make` gives one to each socket. */
  | { readonly name: 'custom'; readonly make: () => Policy }

const NAMES = ['auto', 'kernel', 'shared', 'round-robin', 'least-connections', 'sticky'] as const
const EXPECTED = `${NAMES.map((name) => `'${name}'`).join(', ')}, { sticky }, { add, remove, pick }, or a function that makes one`
const METHODS = ['add', 'remove', 'pick'] as const
const STICKY = ['sticky', 'strip', 'maxBytes', 'timeoutMs'] as const
/** A token of HTTP: a header's name, or a cookie's. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

export function parsePolicy(option: string, value: unknown): PolicyConfig {
  if (typeof value === 'string') {
    const name = NAMES.find((known) => known === value)
    if (!name) throw new OptionError(option, `one of ${EXPECTED}`, value)
    return name === 'sticky' ? parseSticky(option, { sticky: 'address' }) : { name }
  }
  if (typeof value === 'function') {
    return { name: 'custom', make: () => parseCustom(`${option}()`, (value as () => unknown)()) }
  }
  if (typeof value !== 'object' || value === null) throw new OptionError(option, `one of ${EXPECTED}`, value)
  if ('sticky' in value) return parseSticky(option, value as Record<string, unknown>)
  const policy = parseCustom(option, value)
  let taken = false
  const make = () => {
    if (taken) throw new OptionError(option, 'a function that makes one for each socket of the group', value)
    taken = true
    return policy
  }
  return { name: 'custom', make }
}

function parseCustom(option: string, value: unknown): Policy {
  for (const method of METHODS) {
    if (typeof value !== 'object' || value === null || typeof Reflect.get(value, method) !== 'function') {
      throw new OptionError(option, `an object with the methods ${METHODS.join(', ')}`, value)
    }
  }
  return value as Policy
}

function parseSticky(option: string, given: Record<string, unknown>): PolicyConfig {
  validate.onlyKnownKeys(option, given, STICKY)
  const { sticky, strip, maxBytes = 8_192, timeoutMs = 1_000 } = given
  if (strip !== undefined && sticky !== 'proxy-protocol') {
    throw new OptionError(`${option}.strip`, "left out but with sticky: 'proxy-protocol'", strip)
  }
  const strips = strip !== undefined && validate.flag(`${option}.strip`, strip)
  return {
    name: 'sticky',
    search: parseBy(`${option}.sticky`, sticky, strips),
    strips,
    maxBytes: validate.integer(`${option}.maxBytes`, maxBytes, 16, 65_536),
    timeoutMs: validate.milliseconds(`${option}.timeoutMs`, timeoutMs, 1),
  }
}

function parseBy(option: string, by: unknown, strip: boolean): Search | undefined {
  if (by === 'address') return undefined
  if (by === 'proxy-protocol') return byProxyProtocol(strip)
  const expected = "'address', 'proxy-protocol', { header } or { cookie }"
  if (typeof by !== 'object' || by === null) throw new OptionError(option, expected, by)
  const [key, ...others] = Object.keys(by)
  if ((key !== 'header' && key !== 'cookie') || others.length > 0) throw new OptionError(option, expected, by)
  const name: unknown = Reflect.get(by, key)
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new OptionError(`${option}.${key}`, `the name of a ${key}`, name)
  }
  return key === 'header' ? byHeader(name) : byCookie(name)
}
