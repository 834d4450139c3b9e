// Connections that come while the worker is busy are served when it is not.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', async (port) => {
    const clients = [1, 2, 3].map(() => {
      return new Promise((done) => net.connect(port, '127.0.0.1').on('data', (data) => done(String(data))))
    })
    trace('served', await Promise.all(clients))
    worker.disconnect()
  })
} else {
  const server = net
    .createServer((socket) => socket.end('served'))
    .listen(0, '127.0.0.1', () => {
      process.send(server.address().port, () => {
        const until = Date.now() + 300
        while (Date.now() < until);
      })
    })
}
