// A server without a reference does not keep a worker that has let go of its channel; with one it does.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'disconnect', 'exit'])
  cluster.fork()
} else {
  const server = net.createServer()
  server.listen(0, '127.0.0.1', () => {
    process.channel.unref()
    trace('unref', server.unref() === server)
    trace('ref', server.ref() === server)
    setTimeout(() => server.unref() && trace('unref'), 300).unref() // the server keeps the worker until then
  })
  process.on('beforeExit', () => trace('beforeExit', server.listening))
  process.on('exit', (code) => trace('exit', code))
}
