import { type PolicyConfig, type PolicyOption, parsePolicy } from '../policies/policy-options.js'

/** `cluster.SCHED_NONE` and `cluster.SCHED_RR`: https://nodejs.org/api/cluster.html#clusterschedulingpolicy */
const SCHED_NONE = 1
const SCHED_RR = 2

/** One of Node's numbers, or a policy of Manifold's. */
export type SchedulingPolicy = number | PolicyOption

/** @throws {OptionError} if it is neither. */
export function parseScheduling(option: string, value: unknown): PolicyConfig {
  if (value === SCHED_NONE) return { name: 'shared' }
  if (value === SCHED_RR) return { name: 'round-robin' }
  return parsePolicy(option, value)
}

/** What NODE_CLUSTER_SCHED_POLICY says beyond the words of Node's own, `rr` and `none`; others Node does not see, either. */
export function schedulingOfEnvironment(
  value = process.env.NODE_CLUSTER_SCHED_POLICY,
): PolicyOption | undefined {
  try {
    return value === undefined
      ? undefined
      : (parsePolicy('NODE_CLUSTER_SCHED_POLICY', value).name as PolicyOption)
  } catch {
    return undefined
  }
}
