// A server that is the worker's own stays open: the worker is disconnected and serves on.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', (port) => {
    worker.disconnect()
    worker.on('disconnect', () => {
      net.connect(port, '127.0.0.1').on('data', (data) => trace('data', String(data)))
    })
  })
  trace.events(worker, 'worker', ['disconnect', 'exit'])
} else {
  const server = net.createServer((socket) => {
    socket.end('still here')
    server.close()
  })
  server.listen({ port: 0, exclusive: true }, () => process.send(server.address().port))
}
