import { MAX_TIMER_MS } from '@manifold/core/internal'
import type { GroupConfig } from '../options/group-config.js'
import { parseGroup } from '../options/parse-group.js'
import type { PolicyConfig } from '../policies/policy-options.js'

/** What pools as of `node:cluster` do that is not as in Manifold's own groups: nothing that Node's would not do. */
const AS_IN_NODE = {
  ready: 'online',
  onUncaught: 'exit',
  hangReport: false,
  reports: false,
  overload: false,
} as const

/** A group without slots and sockets: workers are forked, and take the sockets that they listen on. */
export function poolConfig(name: string, policy: PolicyConfig): GroupConfig {
  // The program of each worker is that of its fork.
  const config = parseGroup(name, { exec: '.', workers: 0, ...AS_IN_NODE })
  return { ...config, exec: '', policy, readyTimeoutMs: MAX_TIMER_MS, cluster: true }
}
