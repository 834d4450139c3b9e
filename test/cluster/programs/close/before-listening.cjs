// A server that is closed before it listens: the next one has the same right to the port.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['online', 'disconnect', 'exit'])
} else {
  const server = net.createServer()
  trace.events(server, 'server', ['listening', 'close', 'error'])
  server.listen(0, '127.0.0.1')
  server.close((...values) => trace('closed', ...values))
  process.nextTick(() => trace('next tick', server.listening))
  setTimeout(() => trace('later', server.listening) ?? process.exit(), 300)
}
