// After everything has been disconnected, there is a new beginning.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let rounds = 0
  cluster.on('listening', ({ id }) => {
    trace('listening', id)
    cluster.disconnect(() => {
      trace('disconnected', id)
      if (++rounds < 3) cluster.fork()
    })
  })
  cluster.fork()
} else {
  net.createServer().listen(0, '127.0.0.1')
}
