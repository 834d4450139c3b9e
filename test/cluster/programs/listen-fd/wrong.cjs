// Descriptors on which one cannot listen.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const listen = (fd, done) => {
    const server = net.createServer().listen({ fd })
    server.on('error', (error) => trace('error', fd, error) ?? done())
    server.on('listening', () => trace('listening', fd) ?? done())
  }
  listen(9876, () => process.disconnect())
}
