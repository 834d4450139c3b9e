// What the module has in a worker, and of what type.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  for (const key of Object.keys(cluster)
    .filter((key) => !key.startsWith('_'))
    .sort()) {
    trace(key, typeof cluster[key])
  }
  trace(
    'primary only',
    cluster.fork,
    cluster.workers,
    cluster.settings,
    cluster.setupPrimary,
    cluster.disconnect,
  )
  trace('policy', cluster.schedulingPolicy, cluster.SCHED_RR, cluster.SCHED_NONE)
  process.disconnect()
}
