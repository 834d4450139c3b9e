import { OptionError } from '@manifold/core'
import { parseSocket, type SocketSpec, validate } from '@manifold/core/internal'
import { type PolicyConfig, parsePolicy } from '../policies/policy-options.js'
import type { GroupConfig } from './group-config.js'
import { NAME, NAMED } from './names.js'

type Sockets = Pick<GroupConfig, 'sockets' | 'policies'>

export const NO_SOCKETS: Sockets = { sockets: {}, policies: {} }

export function parseSockets(option: string, value: unknown, cwd: string | undefined): Sockets {
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
