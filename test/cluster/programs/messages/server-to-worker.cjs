// A server of the primary, sent to a worker, serves there too.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const server = net
    .createServer(() => trace('not here'))
    .listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      worker.send('server', server, () => server.close())
      worker.on('message', () => {
        net.connect(port, '127.0.0.1').on('data', (data) => {
          trace('data', String(data))
          worker.kill()
        })
      })
    })
} else {
  process.on('message', (message, server) => {
    trace('message', message, server instanceof net.Server, server.listening)
    server.on('connection', (socket) => socket.end('from the worker'))
    process.send('serving')
  })
}
