// With SCHED_NONE a server without a reference does not keep a worker that has let go of its channel either.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  cluster.fork()
} else {
  const server = net.createServer()
  server.listen(0, '127.0.0.1', () => {
    process.channel.unref()
    setTimeout(() => server.unref() && trace('unref'), 200).unref() // the server keeps the worker until then
  })
  process.on('beforeExit', () => trace('beforeExit', server.listening))
}
