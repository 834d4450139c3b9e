// A connection that a worker accepts and gives back.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    net.connect(port, '127.0.0.1').on('data', (data) => {
      trace('data', String(data))
      worker.disconnect()
    })
  })
  cluster.on('message', (from, message, socket) => {
    trace('message', from === worker, message, socket)
    socket.end('from the primary')
  })
} else {
  const server = net.createServer((socket) => process.send({ give: 'back' }, socket))
  server.listen(0, '127.0.0.1')
}
