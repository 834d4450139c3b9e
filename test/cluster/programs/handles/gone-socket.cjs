// A connection that is closed when it is to be sent: the message comes without it.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const server = net.createServer((socket) => {
    socket.destroy()
    socket.on('close', () => {
      trace.call('send', () => worker.send('gone', socket))
      server.close()
    })
  })
  worker.on('message', (message) => trace('message', message) ?? worker.disconnect())
  server.listen(0, '127.0.0.1', () =>
    net
      .connect(server.address().port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
  )
} else {
  process.on('message', (message, socket) => process.send([message, socket === undefined]))
}
