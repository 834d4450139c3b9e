// Closing with SCHED_NONE: events, twice, and again on the same port.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const server = net.createServer((socket) => socket.end('served'))
  trace.events(server, 'server', ['listening', 'close', 'error'])
  server.listen(0, '127.0.0.1')
  server.once('listening', () => {
    const { port } = server.address()
    server.close((...values) => trace('first', ...values))
    server.close((...values) => trace('second', ...values))
    server.once('close', () => {
      server.listen(port, '127.0.0.1')
      server.once('listening', () => {
        net
          .connect(port, '127.0.0.1')
          .on('data', (data) => trace('data', String(data)))
          .on('close', () => process.disconnect())
      })
    })
  })
}
