// A worker that is disconnected before it runs.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['fork', 'online', 'disconnect', 'exit'])
  const worker = cluster.fork()
  trace('returns', worker.disconnect() === worker, Object.keys(cluster.workers), worker.state)
} else {
  trace('runs', cluster.worker.exitedAfterDisconnect)
  process.on('exit', (code) => trace('exit', code))
}
