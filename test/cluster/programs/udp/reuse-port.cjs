// Needs Node: 22
// With `reusePort` each worker has a datagram socket of its own on the port, without the primary.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening'])
  freePort().then((port) => {
    cluster.fork({ PORT: port })
    cluster.on('message', ({ id }, message) => {
      trace('message', id, message)
      if (id === 1) cluster.fork({ PORT: port })
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
  })
} else {
  const socket = dgram.createSocket({ type: 'udp4', reusePort: true })
  socket.on('error', (error) => trace('error', error) ?? process.send('error'))
  socket.bind(Number(process.env.PORT), '127.0.0.1', () => process.send('bound'))
}
