// A closed server's connections go on, and its `close` comes after the last of them.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1')
    client.once('data', () => {
      client.write('still there?')
      client.on('data', (data) => trace('data', String(data)) ?? client.end())
    })
    client.on('close', () => worker.disconnect())
  })
} else {
  const server = net.createServer((socket) => {
    socket.write('hello')
    server.close(() => trace('callback'))
    server.on('close', () => trace('close'))
    server.getConnections((_, count) => trace('connections', count, server.listening))
    socket.on('data', () => socket.write('yes'))
    socket.on('close', () => trace('socket closed'))
  })
  server.listen(0, '127.0.0.1')
}
