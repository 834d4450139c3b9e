// What the module has in a primary, and of what type.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

for (const key of Object.keys(cluster)
  .filter((key) => !key.startsWith('_'))
  .sort()) {
  trace(key, typeof cluster[key])
}
trace('names', cluster.fork.name, cluster.setupPrimary.name, cluster.disconnect.name, cluster.Worker.name)
trace('lengths', cluster.fork.length, cluster.setupPrimary.length, cluster.disconnect.length)
trace('worker', cluster.worker, 'worker' in cluster)
trace('has', 'settings' in cluster, 'schedulingPolicy' in cluster, 'setupMaster' in cluster)
