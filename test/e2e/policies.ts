import { canReusePort } from '@manifold/core/internal'
import type { GroupOptions } from '@manifold/groups'
import { InTurn } from '../helpers/in-turn.js'

interface PolicyCase {
  readonly name: string
  readonly policy: NonNullable<GroupOptions['policy']>
  /** Whether connections pass through the master. */
  readonly handsOver: boolean
  /** Why it cannot be tested here, if it cannot. */
  readonly skip: string | false
}

/** Every policy that a group can have: what holds for one of them has to hold for all. */
export const policies: readonly PolicyCase[] = [
  {
    name: 'kernel',
    policy: 'kernel',
    handsOver: false,
    skip: !canReusePort && 'this Node has no SO_REUSEPORT',
  },
  { name: 'shared', policy: 'shared', handsOver: false, skip: false },
  { name: 'round-robin', policy: 'round-robin', handsOver: true, skip: false },
  { name: 'least-connections', policy: 'least-connections', handsOver: true, skip: false },
  { name: 'sticky', policy: 'sticky', handsOver: true, skip: false },
  { name: 'sticky by a header', policy: { sticky: { header: 'x-client' } }, handsOver: true, skip: false },
  { name: 'custom', policy: () => new InTurn(), handsOver: true, skip: false },
]

/** Those that can be told to another process. */
export const plainPolicies = policies.filter(({ policy }) => typeof policy !== 'function')
