// When the last worker is dead, the port is free within its `exit` event.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('listening', ({ port }) => {
    worker.kill('SIGKILL')
    worker.on('exit', () => {
      const server = net.createServer().listen(port, '127.0.0.1')
      server.on('error', ({ code }) => trace('error', code))
      server.on('listening', () => trace('listening') ?? server.close())
    })
  })
} else {
  net.createServer().listen(0, '127.0.0.1')
}
