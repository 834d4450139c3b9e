// `maxConnections` of 0.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork().on('exit', () => process.exit()) // the connection may be on its way
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1')
    const timer = setTimeout(() => trace('waits') ?? end(), 300)
    const end = () => {
      clearTimeout(timer)
      client.destroy()
      worker.kill()
    }
    client.on('error', () => {})
    client.on('data', (data) => trace('data', String(data)) ?? end())
    client.on('end', () => trace('end') ?? end())
  })
} else {
  const server = net.createServer((socket) => socket.on('error', () => {}).end('hello'))
  server.maxConnections = 0
  server.on('drop', () => trace('drop'))
  server.listen(0, '127.0.0.1')
}
