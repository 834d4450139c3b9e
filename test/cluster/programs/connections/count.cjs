// `getConnections` counts those of the worker alone.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', async ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    const clients = []
    for (let i = 0; i < 4; i++) {
      const client = net.connect(port, '127.0.0.1')
      clients.push(client)
      await new Promise((done) => client.once('data', done))
    }
    for (const worker of Object.values(cluster.workers)) worker.send('count')
    let left = 2
    cluster.on('message', () => {
      if (--left > 0) return
      for (const client of clients) client.destroy()
      cluster.disconnect()
    })
  })
  cluster.fork()
} else {
  const server = net
    .createServer((socket) => socket.on('error', () => {}).write('hello'))
    .listen(0, '127.0.0.1')
  process.on('message', () => {
    server.getConnections((...values) => trace('connections', ...values) ?? process.send('counted'))
  })
}
