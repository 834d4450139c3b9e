import { type Clock, OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import type { Master } from '@manifold/groups'
import { parseOptions, type SuperviseOptions } from './options.js'
import { Supervisor } from './supervisor.js'

/**
 * Watches over a master from now on: fills the slots that lose their worker, at once and then after a pause that doubles
 * while workers die young, ends workers that are silent, and replaces those whose memory is nearly full. The options
 * change that, and have it seen from outside.
 *
 * @throws {OptionError} naming the wrong option, what is expected, and the value.
 */
export function supervise<Name extends string>(
  master: Master<Name> | Supervised,
  options: SuperviseOptions = {},
  clock?: Clock,
): Supervisor {
  return new Supervisor(masterOf(master), parseOptions(options, clock))
}

/** The `cluster` of `@manifold/groups/cluster`, in a primary. */
export interface Supervised {
  readonly master: Master
}

function masterOf(value: unknown): Master {
  const given = validate.record('master', value)
  const { on, group } = validate.record('master', given.master ?? given)
  if (typeof on !== 'function' || typeof group !== 'function')
    throw new OptionError('master', 'a Master, or the cluster of @manifold/groups/cluster', value)
  return (given.master ?? given) as unknown as Master
}
