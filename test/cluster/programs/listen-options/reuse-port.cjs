// Needs Node: 22
// With `reusePort` each worker has a socket of its own on the port, without the primary.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening'])
  freePort().then((port) => {
    cluster.fork({ PORT: port })
    cluster.on('message', ({ id }, message) => {
      trace('message', id, message)
      if (id === 1) return cluster.fork({ PORT: port })
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => {
          for (const worker of Object.values(cluster.workers)) worker.kill()
        })
    })
  })
} else {
  const server = net.createServer((socket) => socket.end('served'))
  server.on('error', (error) => trace('error', error))
  server.listen({ port: process.env.PORT, host: '127.0.0.1', reusePort: true }, () =>
    process.send('listening'),
  )
}
