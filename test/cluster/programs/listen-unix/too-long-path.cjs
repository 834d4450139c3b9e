// A path that is too long from everywhere.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const server = net.createServer().listen(`${'x'.repeat(150)}.sock`)
  server.on('listening', () => trace('listening') ?? process.exit(1))
  server.on('error', (error) => trace('error', error) ?? process.exit(0))
}
