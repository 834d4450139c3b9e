import type { Cluster } from 'node:cluster'
import type { Master } from '../master.js'
import type { SchedulingPolicy } from './scheduling.js'
import type { Settings } from './settings.js'

/** The settings of its workers, as in `cluster.setupPrimary()`, and: */
export interface ClusterGroupOptions extends Settings {
  /** How many workers it begins with; `'cpus'` for as many as there are processors for us. @default 1 */
  readonly workers?: number | 'cpus'
  /** As in `cluster.fork()`, for those. */
  readonly env?: Readonly<Record<string, string>>
  /** @default that of `cluster` */
  readonly schedulingPolicy?: SchedulingPolicy
}

type OfPool = 'fork' | 'disconnect' | 'workers'
type Events =
  | 'on'
  | 'once'
  | 'off'
  | 'addListener'
  | 'removeListener'
  | 'removeAllListeners'
  | 'prependListener'
  | 'emit'

/** A pool of workers beside the first, with the same interface, and events and workers of its own. */
export interface ClusterGroup extends Pick<Cluster, OfPool | Events> {
  readonly name: string
  readonly settings: Settings
  setupPrimary(settings?: Settings): void
  setupMaster(settings?: Settings): void
  /** Fixed from the start. */
  readonly schedulingPolicy: SchedulingPolicy
}

/** That of `node:cluster`, and what goes beyond it. In a worker, it is Node's half for workers. */
export interface ManifoldCluster extends Omit<Cluster, 'schedulingPolicy'> {
  /**
   * As in Node, one of its numbers; or one of Manifold's policies. Fixed by the first `setupPrimary()` or `fork()`.
   *
   * @default that of NODE_CLUSTER_SCHED_POLICY, which may name any of them; or `SCHED_RR`, on Windows `SCHED_NONE`
   */
  schedulingPolicy: SchedulingPolicy

  /**
   * Adds a pool of workers, of another program, say, and forks them. The ids of its workers are different from all others';
   * `cluster` emits nothing of theirs.
   *
   * @throws {OptionError} naming the wrong option; also if there is a group of that name.
   */
  group(name: string, options: ClusterGroupOptions): ClusterGroup
  /** @throws {OptionError} if there is no group of that name. */
  group(name: string): ClusterGroup

  /**
   * Manifold's master behind it, in which the pool of `cluster` is the group `default`: for `status()`, `reload()` of a group,
   * `broadcast()`, and for `supervise()`, which takes `cluster` itself as well. Not in a worker.
   */
  readonly master: Master
}
