// A worker with an open connection is connected to the primary until it is closed.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1')
    client.once('data', () => {
      cluster.disconnect(() => trace('callback'))
      net.connect(port, '127.0.0.1').on('error', ({ code }) => {
        trace('refused', code, worker.isConnected(), worker.isDead())
        client.end()
      })
    })
    client.resume()
  })
} else {
  const server = net.createServer((socket) => {
    socket.write('hello')
    socket.on('end', () => trace('end of client', server.listening, cluster.worker.isConnected()))
  })
  server.listen(0, '127.0.0.1')
  server.on('close', () => trace('close'))
  process.on('disconnect', () => trace('disconnect'))
}
