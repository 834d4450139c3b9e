// Order of the events of a server in a worker.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  const server = net.createServer((socket) => {
    trace('connection', socket.server === server, server.listening)
    socket.on('close', (...values) => trace('socket closed', ...values))
    socket.end()
    socket.resume()
    server.close(function (...values) {
      trace('callback', this === server, ...values)
      process.disconnect()
    })
  })
  trace.events(server, 'server', ['listening', 'close', 'error', 'drop'])
  server.listen(0, '127.0.0.1', function (...values) {
    trace('listen callback', this === server, ...values)
    net.connect(server.address().port, '127.0.0.1').resume()
  })
  server.on('listening', () => trace('added later'))
}
