// A server without a reference serves as long as the worker lives.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    net
      .connect(port, '127.0.0.1')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => worker.disconnect())
  })
  worker.on('exit', (code) => trace('exit', code))
} else {
  const server = net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1')
  server.unref()
}
