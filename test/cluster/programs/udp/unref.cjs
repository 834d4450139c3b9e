// A datagram socket without a reference does not keep a worker that has let go of its channel.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    process.channel.unref()
    setTimeout(() => socket.unref() && trace('unref'), 200).unref() // the socket keeps the worker until then
  })
  process.on('beforeExit', () => trace('beforeExit'))
}
