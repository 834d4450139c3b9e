// A worker that exits as soon as it listens. The primary hears of it all.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['online', 'listening', 'message', 'disconnect', 'exit'])
  cluster.fork()
} else {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    process.send('bye', () => process.exit(2))
  })
  server.on('close', () => trace('never'))
}
