// A server that is told to listen twice before it does.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code, signal) => trace('exit', code, signal))
} else {
  const server = net.createServer()
  trace.events(server, 'server', ['listening', 'error', 'close'])
  server.on('listening', () => setTimeout(() => process.exit(), 100))
  trace.call('first', () => server.listen(0, '127.0.0.1'))
  trace.call('second', () => server.listen(0, '127.0.0.1'))
}
