import type { GroupOptions } from '@manifold/groups'
import type { SuperviseOptions } from '@manifold/health'
import { policyOf } from './policy-of.js'

interface Setup {
  readonly group: Partial<GroupOptions>
  readonly supervise: SuperviseOptions
}

/** What may stand behind the policy, after a plus. */
const additions: Readonly<Record<string, Setup>> = {
  standby: { group: { standby: 1 }, supervise: {} },
  // About as soon as the machine can tell a hang from being busy.
  fast: {
    group: { heartbeat: { intervalMs: 20, timeoutMs: 80 } },
    supervise: { heartbeat: { termAfterMs: 200, killAfterMs: 700 } },
  },
}

/** `policy`, or `policy+addition`: in what Manifold differs from itself. */
export function setupOf(variant: string): Setup {
  const [policy = '', addition] = variant.split('+')
  const { group, supervise } = addition === undefined ? { group: {}, supervise: {} } : additions[addition]!
  return { group: { policy: policyOf(policy), ...group }, supervise }
}
