// A connection that the primary accepts and gives away.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    trace(
      'returns',
      worker.send('take it', socket, (error) => trace('sent', error)),
    )
    server.close()
  })
  server.listen(0, '127.0.0.1', () => {
    net.connect(server.address().port, '127.0.0.1', function () {
      this.write('to the worker')
      this.on('data', (data) => trace('data', String(data)))
      this.on('end', () => worker.disconnect())
    })
  })
} else {
  process.on('message', (message, socket) => {
    trace('message', message, socket, socket instanceof net.Socket, socket.readableFlowing)
    socket.on('data', (data) => {
      trace('data', String(data))
      socket.end('from the worker')
    })
    socket.resume()
  })
}
