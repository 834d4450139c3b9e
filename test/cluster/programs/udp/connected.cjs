// A bound socket that connects.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const server = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    cluster.fork({ PORT: server.address().port })
  })
  server.on('message', (message, { port, address }) => server.send(`${message} back`, port, address))
  cluster.on('exit', (_, code) => trace('exit', code) ?? server.close())
} else {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    socket.connect(Number(process.env.PORT), '127.0.0.1', () => {
      trace(
        'remote',
        socket.remoteAddress().port === Number(process.env.PORT),
        socket.remoteAddress().address,
      )
      socket.send('there')
    })
  })
  socket.on('message', (message) => trace('message', String(message)) ?? process.disconnect())
}
