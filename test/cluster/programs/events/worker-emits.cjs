// Events of the own worker, in a worker.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.send({ a: 1 })
  worker.on('message', () => worker.disconnect())
} else {
  trace.events(cluster.worker, 'worker', ['online', 'listening', 'message', 'disconnect', 'exit', 'error'])
  trace.events(cluster, 'cluster', ['online', 'listening', 'message', 'disconnect', 'exit'])
  trace.events(process, 'process', ['message', 'disconnect', 'exit'])
  process.on('message', () => process.send('got it'))
}
