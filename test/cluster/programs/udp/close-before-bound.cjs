// A socket that is closed before it is bound.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['listening', 'exit'])
} else {
  const socket = dgram.createSocket('udp4')
  trace.events(socket, 'socket', ['listening', 'close', 'error'])
  trace.call('bind', () => socket.bind(0, '127.0.0.1') === socket)
  trace.call('bind again', () => socket.bind(0))
  trace.call('close', () => socket.close() === socket)
  setTimeout(() => process.exit(), 300)
}
