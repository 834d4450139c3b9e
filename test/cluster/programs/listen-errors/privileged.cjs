// A port for which a process may lack the right: whatever happens, it happens in the worker.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['exit'])
  cluster.fork({ PORT: 600 + (process.pid % 400) })
} else {
  const server = net.createServer()
  const hidden = (error) => ({
    code: error.code,
    syscall: error.syscall,
    own: error.port === Number(process.env.PORT),
  })
  server.on('error', (error) => trace('error', hidden(error)) ?? process.exit(1))
  server.listen(process.env.PORT, () => trace('listening', server.listening) ?? process.exit(0))
}
