// When the only worker is gone, nobody listens.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('listening', ({ port }) => {
    worker.on('exit', () => {
      const client = net.connect(port, '127.0.0.1')
      client.on('connect', () => trace('never')).on('error', ({ code }) => trace('error', code))
    })
    worker.disconnect()
  })
} else {
  net.createServer().listen(0, '127.0.0.1')
}
