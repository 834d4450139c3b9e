// A worker that listens on a server which was sent to it does so without the primary.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['listening'])
  const own = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = own.address()
    worker.send('server', own, () => own.close())
    worker.on('message', (message) => {
      trace('message', message)
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => worker.kill())
    })
  })
} else {
  process.on('message', (_, sent) => {
    const server = net.createServer((socket) => socket.end('by the worker'))
    server.on('error', (error) => trace('error', error))
    server.listen(sent, () => process.send('listening'))
  })
}
