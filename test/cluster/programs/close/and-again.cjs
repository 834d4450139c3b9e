// A server that closes and listens again on the port that it had.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', (_, info) => trace('listening', info))
  freePort().then((port) => cluster.fork({ PORT: port }))
} else {
  const server = net.createServer((socket) => socket.end('served'))
  trace.events(server, 'server', ['listening', 'close', 'error'])
  let left = 3
  const next = () => {
    if (left-- === 0) return process.disconnect()
    server.listen(process.env.PORT, '127.0.0.1')
    server.once('listening', () => {
      net
        .connect(server.address().port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => {
          server.close(next)
        })
    })
  }
  next()
}
