// Two workers on one port that was chosen.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    trace('chosen', trace.port(port))
    cluster.fork({ PORT: port })
    cluster.on('listening', (worker, info) => {
      trace('listening', worker.id, info)
      if (worker.id === 1) return cluster.fork({ PORT: port })
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => cluster.disconnect())
    })
  })
} else {
  const server = net.createServer((socket) => socket.end('served'))
  server.listen(process.env.PORT, () => trace('is it', server.address().port === Number(process.env.PORT)))
}
