// A connection for which no worker has room waits until one has.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const first = net.connect(port, '127.0.0.1')
    first.once('data', (data) => {
      trace('first', String(data))
      const second = net.connect(port, '127.0.0.1')
      second.on('connect', () => trace('second is connected'))
      const waiting = setTimeout(() => trace('second waits') ?? first.end(), 300)
      second.on('data', (data) => {
        clearTimeout(waiting)
        trace('second', String(data))
        second.end()
        worker.disconnect()
      })
    })
  })
} else {
  let count = 0
  const server = net.createServer((socket) => socket.end(`number ${++count}`))
  server.on('connection', (socket) => socket.on('end', () => {}))
  server.maxConnections = 1
  server.listen(0, '127.0.0.1')
}
