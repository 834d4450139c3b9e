// Exclusive servers do not share a port, and the primary hears nothing of them.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening'])
  cluster.on('message', ({ id }, port) => {
    trace('port', id, trace.port(port))
    if (id === 1) cluster.fork()
    else cluster.disconnect()
  })
  cluster.fork()
} else {
  const server = net.createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
    trace('listening', server.address())
    process.send(server.address().port)
    process.on('disconnect', () => server.close())
  })
}
