// Workers that listen on port 0 share the port that the first was given.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', ({ id }, { port }) => {
    trace('listening', id, trace.port(port))
    if (id < 3) cluster.fork()
    else cluster.disconnect()
  })
  cluster.fork()
} else {
  net.createServer().listen(0, '127.0.0.1')
}
