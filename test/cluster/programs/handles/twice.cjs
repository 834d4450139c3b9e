// A worker that sends the connections of its server to the primary, one message after another.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  let got = 0
  worker.on('message', (message, socket) => {
    trace('message', message, socket !== undefined)
    socket?.end()
    if (++got === 2) worker.disconnect()
  })
  worker.on('listening', ({ port }) => net.connect(port, '127.0.0.1').resume())
  worker.on('exit', (code) => trace('exit', code))
} else {
  net
    .createServer((socket) => {
      process.send('first', socket)
      process.send('second')
    })
    .listen(0, '127.0.0.1')
}
