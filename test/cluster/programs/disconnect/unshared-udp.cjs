// A worker with a datagram socket of its own goes on after it has disconnected, until that is closed.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['message', 'disconnect', 'exit'])
  worker.on('message', () => worker.disconnect())
} else {
  const socket = dgram.createSocket('udp4').bind({ port: 0, exclusive: true }, () => process.send('bound'))
  process.on('disconnect', () => setTimeout(() => trace('closing') ?? socket.close(), 200))
}
