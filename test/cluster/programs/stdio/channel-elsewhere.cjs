// The channel need not be the fourth stream.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ stdio: ['ipc', 'inherit', 'inherit'] })
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['online', 'listening', 'message', 'exit'])
  worker.on('message', () => worker.disconnect())
} else {
  net.createServer().listen('some.sock', () => process.send('up'))
}
