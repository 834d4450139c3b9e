// An error to which nobody listens ends the worker.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    cluster.fork({ PORT: server.address().port })
  })
  cluster.on('exit', (_worker, code, signal) => {
    trace('exit', code, signal)
    server.close()
  })
} else {
  process.on('uncaughtExceptionMonitor', (error) => trace('uncaught', error))
  net.createServer().listen(process.env.PORT, '127.0.0.1')
}
