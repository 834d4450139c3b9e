// A worker that has all the connections that it may have: the next goes to the other worker.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('listening', ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    const clients = []
    const served = []
    const connect = () => {
      const client = net.connect(port, '127.0.0.1')
      clients.push(client)
      client.once('data', (data) => {
        served.push(String(data))
        if (clients.length < 4) return connect()
        trace('served', served.sort())
        for (const client of clients) client.destroy()
        cluster.disconnect()
      })
    }
    connect()
  })
} else {
  const server = net.createServer((socket) =>
    socket.on('error', () => {}).write(`worker ${cluster.worker.id}`),
  )
  server.maxConnections = 2
  server.on('drop', () => trace('never'))
  server.listen(0, '127.0.0.1')
}
