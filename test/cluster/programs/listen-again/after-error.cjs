// A server that could not listen on one port listens on another.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const own = net.createServer().listen(0, '127.0.0.1', () => {
    const worker = cluster.fork({ PORT: own.address().port })
    worker.on('message', (port) => {
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => worker.kill())
    })
    worker.on('exit', () => own.close())
  })
} else {
  const server = net.createServer((socket) => socket.end('served'))
  server.on('error', ({ code }) => trace('error', code) ?? server.listen(0, '127.0.0.1'))
  server.on('listening', () => trace('listening', server.address()) ?? process.send(server.address().port))
  server.listen(process.env.PORT, '127.0.0.1')
}
