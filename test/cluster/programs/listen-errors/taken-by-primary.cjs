// A port that the primary itself has.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const worker = cluster.fork({ PORT: server.address().port })
    trace.events(cluster, 'cluster', ['listening', 'exit'])
    worker.on('exit', () => server.close())
  })
} else {
  const server = net.createServer()
  trace.events(server, 'server', ['listening', 'error', 'close'])
  server.on('error', () => {
    trace('after', server.listening, server.address())
    process.disconnect()
  })
  server.listen(process.env.PORT, '127.0.0.1')
}
