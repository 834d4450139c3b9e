// Closing a socket, twice, and binding another to its port.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    const { port } = socket.address()
    trace('returns', socket.close(() => trace('callback')) === socket)
    trace.call('again', () => socket.close())
    trace.call('send', () => socket.send('late', port, '127.0.0.1'))
    socket.on('close', () => {
      trace('close')
      const next = dgram.createSocket('udp4')
      next.on('error', (error) => trace('error', error) ?? process.disconnect())
      next.bind(port, '127.0.0.1', () => trace('bound', next.address().port === port) ?? process.disconnect())
    })
  })
}
