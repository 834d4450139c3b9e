// One server closes, and at once another listens on its port.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const _events = []
  freePort().then((port) => cluster.fork({ PORT: port }))
  cluster.on('exit', (_, code) => trace('exit', code))
} else {
  const port = Number(process.env.PORT)
  const first = net
    .createServer((socket) => socket.end('first'))
    .listen(port, '127.0.0.1', () => {
      first.close()
      const second = net
        .createServer((socket) => socket.end('second'))
        .listen(port, '127.0.0.1', () => {
          trace('listening', second.address(), first.listening)
          net
            .connect(port, '127.0.0.1')
            .on('data', (data) => trace('data', String(data)))
            .on('close', () => process.disconnect())
        })
      second.on('error', (error) => trace('error', error) ?? process.disconnect())
    })
}
