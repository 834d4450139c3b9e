// Connections that come to a worker which is busy closing are served by the other.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    cluster.workers[1].send('close', async () => {
      const ask = () =>
        new Promise((done) => {
          net
            .connect(port, '127.0.0.1')
            .on('data', (data) => done(String(data)))
            .on('error', ({ code }) => done(code))
        })
      trace('served', await Promise.all([ask(), ask(), ask(), ask()]))
      cluster.disconnect()
    })
  })
  cluster.fork()
} else {
  const server = net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1')
  process.on('message', () => server.close())
}
