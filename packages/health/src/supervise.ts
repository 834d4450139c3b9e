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
  master: Master<Name>,
  options: SuperviseOptions = {},
  clock?: Clock,
): Supervisor {
  const { on, group } = validate.record('master', master)
  if (typeof on !== 'function' || typeof group !== 'function')
    throw new OptionError('master', 'a Master', master)
  return new Supervisor(master as unknown as Master, parseOptions(options, clock))
}
