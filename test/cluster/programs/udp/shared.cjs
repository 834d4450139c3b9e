// Two workers share the port that the first was given.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', ({ id }, info) => {
    trace('listening', id, info)
    if (id === 1) cluster.fork()
    else cluster.disconnect()
  })
  cluster.fork()
} else {
  const socket = dgram.createSocket('udp4')
  trace.events(socket, 'socket', ['listening', 'close', 'error'])
  socket.bind(0, '127.0.0.1', () => trace('address', socket.address()))
}
