// A port that the primary itself has.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  const own = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    cluster.fork({ PORT: own.address().port }).on('exit', () => own.close())
  })
} else {
  const socket = dgram.createSocket('udp4')
  socket.on('listening', () => trace('never'))
  socket.on('error', (error) => {
    trace('error', error)
    trace.call('address', () => socket.address())
    socket.close(() => trace('closed') ?? process.disconnect())
  })
  socket.bind(Number(process.env.PORT), '127.0.0.1')
}
