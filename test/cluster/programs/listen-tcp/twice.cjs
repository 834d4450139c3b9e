// A server that listens cannot listen again.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  const server = net.createServer().listen(0, () => {
    trace.call('again', () => server.listen(0))
    server.close(() => {
      server.listen(0, '127.0.0.1', () => {
        trace('after close', server.address())
        process.exit()
      })
    })
  })
}
