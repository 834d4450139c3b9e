// A signal that closes a datagram socket.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const controller = new AbortController()
  const socket = dgram.createSocket({ type: 'udp4', signal: controller.signal })
  trace.events(socket, 'socket', ['listening', 'close', 'error'])
  socket.on('close', () => setTimeout(() => process.disconnect(), 100))
  socket.bind(0, '127.0.0.1', () => controller.abort())
}
