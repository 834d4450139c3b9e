// A datagram socket of the primary, sent to a worker.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    const { port } = socket.address()
    worker.send('socket', socket, () => socket.close())
    worker.on('message', (message) => {
      trace('message', message)
      if (message !== 'ready') return worker.kill()
      const client = dgram.createSocket('udp4')
      client.send('datagram', port, '127.0.0.1', () => client.close())
    })
  })
} else {
  process.on('message', (message, socket) => {
    trace('message', message, socket instanceof dgram.Socket)
    socket.on('message', (data) => process.send(String(data)))
    process.send('ready')
  })
}
