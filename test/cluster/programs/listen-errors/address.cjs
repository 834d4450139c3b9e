// Addresses that this machine does not have.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const listen = (host, done) => {
    const server = net.createServer().listen(0, host)
    server.on('error', (error) => trace('error', error) ?? done())
  }
  listen('192.0.2.1', () => listen('2001:db8::1', () => process.disconnect()))
}
