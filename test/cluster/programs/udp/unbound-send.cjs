// A socket that sends without being bound is the worker's own.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening'])
  const server = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    cluster.fork({ PORT: server.address().port })
  })
  const senders = []
  server.on('message', (_message, { port }) => {
    senders.push(port)
    if (senders.length === 1) return cluster.fork({ PORT: server.address().port })
    trace('different', senders[0] !== senders[1])
    server.close()
    for (const worker of Object.values(cluster.workers)) worker.kill()
  })
} else {
  const socket = dgram.createSocket('udp4')
  socket.send('hello', Number(process.env.PORT), '127.0.0.1')
}
