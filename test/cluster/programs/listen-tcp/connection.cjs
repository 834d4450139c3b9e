// What a worker knows of a connection.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1')
    client.on('connect', () => trace('to the port', client.remotePort === port, client.remoteAddress))
    client.on('close', () => worker.disconnect()).resume()
  })
} else {
  const server = net.createServer((socket) => {
    trace('remote', socket.remoteAddress, socket.remoteFamily, typeof socket.remotePort)
    trace('local', socket.localAddress, socket.localFamily, socket.localPort === server.address().port)
    trace(
      'state',
      socket.readyState,
      socket.connecting,
      socket.pending,
      socket.allowHalfOpen,
      socket.destroyed,
    )
    trace(
      'server',
      socket.server === server,
      socket.address().port === server.address().port,
      socket.bytesRead,
    )
    server.getConnections((error, count) => {
      trace('connections', error, count)
      socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
}
