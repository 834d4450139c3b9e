// A server that cannot listen does not concern the other servers of its worker.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const taken = net.createServer().listen(0, '127.0.0.1', () => {
    const worker = cluster.fork({ PORT: taken.address().port })
    worker.on('message', (port) => {
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => {
          worker.disconnect()
          taken.close()
        })
    })
    worker.on('exit', (code) => trace('exit', code))
  })
} else {
  const good = net
    .createServer((socket) => socket.end('served'))
    .listen(0, '127.0.0.1', () => {
      net
        .createServer()
        .on('error', ({ code }) => {
          trace('error', code)
          process.send(good.address().port)
        })
        .listen(process.env.PORT, '127.0.0.1')
    })
}
