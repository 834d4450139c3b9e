// Two servers of one worker on one port.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  freePort().then((port) => cluster.fork({ PORT: port }))
} else {
  const port = Number(process.env.PORT)
  const first = net.createServer((socket) => socket.end('by the first'))
  first.listen(port, '127.0.0.1', () => {
    const second = net.createServer()
    second.on('listening', () => trace('never'))
    second.on('error', (error) => {
      trace('error', error, second.listening, first.listening)
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => process.exit())
    })
    second.listen(port, '127.0.0.1')
  })
}
