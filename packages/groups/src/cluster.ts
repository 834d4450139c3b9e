/**
 * A drop-in for `node:cluster`: `import cluster from '@manifold/groups/cluster'`, or `require`. It takes the place of Node's
 * in the process that imports it, also for libraries that load `node:cluster` themselves; in the workers that it forks, that
 * is done already.
 */
import nodeCluster from 'node:cluster'
import { createRequire } from 'node:module'
import type { ManifoldCluster } from './cluster/interface.js'

export type { ClusterGroup, ClusterGroupOptions, ManifoldCluster } from './cluster/interface.js'
export type { SchedulingPolicy } from './cluster/scheduling.js'

// Not imported: a worker, which loads this file, too, has no use for what makes a master, and pays for what it loads.
const cluster: ManifoldCluster = nodeCluster.isPrimary
  ? createRequire(import.meta.url)('./primary.js').takeOverPrimary()
  : (nodeCluster as unknown as ManifoldCluster)

export default cluster
// As of now, as those of `node:cluster` are.
export const disconnect: ManifoldCluster['disconnect'] = cluster.disconnect
export const fork: ManifoldCluster['fork'] = cluster.fork
export const isMaster: ManifoldCluster['isMaster'] = cluster.isMaster
export const isPrimary: ManifoldCluster['isPrimary'] = cluster.isPrimary
export const isWorker: ManifoldCluster['isWorker'] = cluster.isWorker
export const SCHED_NONE: ManifoldCluster['SCHED_NONE'] = cluster.SCHED_NONE
export const SCHED_RR: ManifoldCluster['SCHED_RR'] = cluster.SCHED_RR
export const schedulingPolicy: ManifoldCluster['schedulingPolicy'] = cluster.schedulingPolicy
export const settings: ManifoldCluster['settings'] = cluster.settings
export const setupMaster: ManifoldCluster['setupMaster'] = cluster.setupMaster
export const setupPrimary: ManifoldCluster['setupPrimary'] = cluster.setupPrimary
export const worker: ManifoldCluster['worker'] = cluster.worker
export const Worker: ManifoldCluster['Worker'] = cluster.Worker
export const workers: ManifoldCluster['workers'] = cluster.workers
/** What `require` returns. */
export { cluster as 'module.exports' }
