// Exclusive sockets have ports of their own, and a chosen one is only one worker's.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening'])
  freePort().then((port) => {
    cluster.fork({ PORT: port })
    cluster.on('message', ({ id }, { own, other }) => {
      trace('message', id, trace.port(own), other)
      if (id === 1) cluster.fork({ PORT: port })
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
  })
} else {
  const socket = dgram.createSocket('udp4').bind({ port: 0, address: '127.0.0.1', exclusive: true }, () => {
    const own = socket.address().port
    const other = dgram.createSocket('udp4')
    other.on('error', (error) => trace('error', error) ?? process.send({ own, other: error.code }))
    other.on('listening', () => process.send({ own, other: 'listening' }))
    other.bind({ port: Number(process.env.PORT), address: '127.0.0.1', exclusive: true })
  })
}
