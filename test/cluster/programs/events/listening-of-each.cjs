// One event for each server, in the order in which they listen.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['online', 'listening'])
  worker.on('listening', ({ port }) => port < 0 && worker.kill())
} else {
  net.createServer().listen(0, '127.0.0.1', () => {
    net.createServer().listen(0, '127.0.0.1', () => {
      net.createServer().listen('a.sock')
    })
  })
}
