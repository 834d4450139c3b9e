// A port on all addresses, and then on one of them: taken.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  freePort().then((port) => cluster.fork({ PORT: port }))
} else {
  net.createServer().listen(process.env.PORT, '0.0.0.0', () => {
    const other = net.createServer().listen(process.env.PORT, '127.0.0.1')
    other.on('error', (error) => trace('error', error) ?? process.exit(0))
    other.on('listening', () => trace('listening') ?? process.exit(1))
  })
}
