// Connections reach workers whose messages are structured clones, too, and so do handles.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' })
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) =>
    net
      .connect(port, '127.0.0.1')
      .on('end', () => worker.disconnect())
      .resume(),
  )
  cluster.on('message', (_, message, socket) => {
    trace('message', message, socket)
    socket.end()
  })
} else {
  net.createServer((socket) => process.send(new Map([['a', 1n]]), socket)).listen(0, '127.0.0.1')
}
