// The life of a worker that listens and is disconnected, in the order of its events.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['setup', 'fork', 'online', 'listening', 'disconnect', 'exit', 'message'])
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['online', 'listening', 'disconnect', 'exit', 'message', 'error'])
  worker.on('listening', () => worker.disconnect())
} else {
  net.createServer().listen(0, '127.0.0.1')
}
