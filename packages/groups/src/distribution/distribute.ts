import type { Clock } from '@manifold/core'
import { canReusePort, formatSpec, type HeldSocket, log, type SocketSpec } from '@manifold/core/internal'
import { FirstBytes } from '../first-bytes/first-bytes.js'
import type { Gate } from '../load/gate.js'
import { Custom } from '../policies/custom.js'
import { LeastConnections } from '../policies/least-connections.js'
import type { PolicyConfig } from '../policies/policy-options.js'
import { RoundRobin } from '../policies/round-robin.js'
import { Sticky } from '../policies/sticky.js'
import { AcceptedDistribution } from './accepted.js'
import type { Distribution } from './distribution.js'
import { KernelDistribution } from './kernel.js'
import type { Seat } from './seat.js'
import { SharedDistribution } from './shared.js'

const debug = log('group')

/** A policy that can be had: `auto` has become one of the others. */
export type Possible = Exclude<PolicyConfig, { readonly name: 'auto' }>

/** What a policy comes down to for one kind of socket, on this Node and this system. */
export function possible(policy: PolicyConfig, spec: SocketSpec, reusePort = canReusePort): Possible {
  const udp = spec.type === 'udp' || (spec.type !== 'tcp' && spec.type !== 'unix' && spec.transport === 'udp')
  // Datagrams are not accepted, so that there is nothing to hand over; and one socket of their own per slot would
  // keep the datagrams of a slot whose worker is gone.
  if (udp) return { name: 'shared' }
  if (policy.name !== 'auto' && policy.name !== 'kernel') return policy
  if (spec.type === 'tcp' && reusePort) return { name: 'kernel' }
  debug('kernel is not possible for %s here, using shared', formatSpec(spec))
  return { name: 'shared' }
}

/** The same for sockets that are bound already. Those of another life may have been bound for themselves alone. */
export function attainable(policy: Possible, held: readonly HeldSocket[]): Possible {
  if (policy.name !== 'kernel' || held.every(({ reusePort }) => reusePort)) return policy
  debug('kernel is not possible for %o, which was bound otherwise, using shared', held[0]?.address)
  return { name: 'shared' }
}

export interface DistributeOptions {
  readonly clock: Clock
  /** As in `AcceptedOptions`, as are the others. */
  readonly full: (waiting: number) => void
  readonly gate?: Gate | undefined
  readonly guarded?: boolean | undefined
}

/** @param held the sockets that share the address. */
export function distribute(
  held: readonly [HeldSocket, ...HeldSocket[]],
  policy: Possible,
  { clock, full, gate, guarded = false }: DistributeOptions,
): Distribution {
  const accepted = { clock, full, gate, guarded, describes: false }
  switch (policy.name) {
    case 'kernel':
      return new KernelDistribution(held, clock)
    case 'round-robin':
      return new AcceptedDistribution(held, { ...accepted, strategy: () => new RoundRobin<Seat>() })
    case 'least-connections':
      return new AcceptedDistribution(held, { ...accepted, strategy: () => new LeastConnections<Seat>() })
    case 'sticky': {
      const { search } = policy
      const firstBytes = search && new FirstBytes(search, policy, clock)
      const strategy = () => new Sticky<Seat>()
      // Without a master those connections wait in the kernel for the next.
      const guarded = accepted.guarded && !policy.strips
      return new AcceptedDistribution(held, { ...accepted, guarded, describes: true, firstBytes, strategy })
    }
    case 'custom': {
      const own = policy.make()
      return new AcceptedDistribution(held, {
        ...accepted,
        describes: true,
        strategy: (free) => new Custom<Seat>(own, free),
      })
    }
    default:
      return new SharedDistribution(held, clock)
  }
}
