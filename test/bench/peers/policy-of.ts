import type { GroupOptions } from '@manifold/groups'
import { InTurn } from '../../helpers/in-turn.js'

type Policy = NonNullable<GroupOptions['policy']>

const others: Readonly<Record<string, Policy>> = {
  'sticky-header': { sticky: { header: 'x-client' } },
  custom: () => new InTurn(),
}

/** A policy by the word that stands for it: its name, or one for what a name cannot say. */
export function policyOf(variant: string): Policy {
  return others[variant] ?? (variant as Policy)
}
