// A socket that is closed as soon as it is bound.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const socket = dgram.createSocket('udp4')
  trace.events(socket, 'socket', ['listening', 'close', 'error'])
  socket.on('listening', () =>
    socket.close(() => trace('closed') ?? setTimeout(() => process.disconnect(), 100)),
  )
  socket.bind(0, '127.0.0.1')
}
