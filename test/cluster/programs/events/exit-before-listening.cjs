// A worker that ends while it is asking for its socket.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['fork', 'online', 'listening', 'disconnect', 'exit'])
  cluster.fork().on('error', () => {}) // the answer may come too late
} else {
  net.createServer().listen(0)
  process.exit(4)
}
