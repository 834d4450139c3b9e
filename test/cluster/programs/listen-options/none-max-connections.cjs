// `maxConnections` with SCHED_NONE: one too many is dropped.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const first = net.connect(port, '127.0.0.1')
    const end = () => first.destroy() && worker.disconnect()
    first.once('data', () => {
      const second = net.connect(port, '127.0.0.1')
      second.on('data', () => trace('never')).on('error', () => {})
      second.on('close', () => trace('second is closed') ?? end())
    })
  })
} else {
  const server = net.createServer((socket) => socket.on('error', () => {}).write('hello'))
  server.maxConnections = 1
  server.on('drop', ({ localAddress }) => trace('drop', localAddress))
  server.listen(0, '127.0.0.1')
}
