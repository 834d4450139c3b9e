// A worker that is killed right after its fork.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['fork', 'disconnect', 'exit'])
  const worker = cluster.fork()
  trace(
    'returns',
    worker.kill('SIGKILL'),
    worker.isDead(),
    worker.process.killed,
    Object.keys(cluster.workers),
  )
}
