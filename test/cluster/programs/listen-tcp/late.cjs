// A worker that listens long after its start, at the primary's command.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['online', 'listening', 'exit'])
  worker.on('online', () => setTimeout(() => worker.send('listen'), 200))
  worker.on('listening', () => worker.disconnect())
} else {
  process.once('message', () => net.createServer().listen(0, '127.0.0.1'))
}
