// In the callback of `cluster.disconnect` the ports are free.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    cluster.disconnect(() => {
      const server = net.createServer().listen(port, '127.0.0.1')
      server.on('error', ({ code }) => trace('error', code))
      server.on('listening', () => trace('listening') ?? server.close())
    })
  })
  cluster.fork()
} else {
  net.createServer().listen(0, '127.0.0.1')
}
