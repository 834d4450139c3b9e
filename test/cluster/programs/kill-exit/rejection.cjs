// An unhandled rejection in a worker.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  cluster.fork()
} else {
  process.on('exit', (code) => trace('exit', code))
  Promise.reject(new RangeError('unhandled'))
}
