// When all workers have closed, the port is free for the primary.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const listen = (port, when, done) => {
    const server = net.createServer().listen(port, '127.0.0.1')
    server.on('error', ({ code }) => trace(when, code) ?? done())
    server.on('listening', () => trace(when, 'listening') ?? server.close(done))
  }
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    listen(port, 'while it listens', () => worker.send('close'))
    worker.on('message', () => listen(port, 'when it has closed', () => worker.disconnect()))
  })
} else {
  const server = net.createServer().listen(0, '127.0.0.1')
  process.on('message', () => server.close(() => process.send('closed')))
}
