// A server that loses its reference before it listens.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const server = net.createServer().unref()
  server.listen(0, '127.0.0.1', () => {
    trace('listening')
    process.channel.unref()
  })
  process.on('beforeExit', () => trace('beforeExit', server.listening))
}
