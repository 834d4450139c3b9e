// Needs Node: 22
// With `dropMaxConnection` a connection too many is closed, and told of.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const first = net.connect(port, '127.0.0.1')
    first.once('data', () => {
      const second = net.connect(port, '127.0.0.1')
      second.on('data', () => trace('never')).on('error', () => {})
      second.on('close', () => {
        trace('second is closed')
        first.destroy()
        worker.disconnect()
      })
    })
  })
} else {
  const server = net.createServer((socket) => socket.on('error', () => {}).write('hello'))
  server.maxConnections = 1
  server.dropMaxConnection = true
  server.on('drop', (data) => trace('drop', Object.keys(data).sort(), data.localAddress, data.remoteFamily))
  server.listen(0, '127.0.0.1')
}
