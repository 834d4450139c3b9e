// When one worker closes, the other has all connections.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let port
  cluster.on('listening', ({ id }, info) => {
    port = info.port
    if (id === 1) cluster.fork()
    else cluster.workers[1].send('close')
  })
  cluster.on('message', async () => {
    for (let i = 0; i < 4; i++) {
      await new Promise((done) => {
        net
          .connect(port, '127.0.0.1')
          .on('data', (data) => trace('data', String(data)))
          .on('close', done)
      })
    }
    cluster.disconnect()
  })
  cluster.fork()
} else {
  const server = net.createServer((socket) => socket.end(`by ${cluster.worker.id}`)).listen(0, '127.0.0.1')
  process.on('message', () => server.close(() => process.send('closed')))
}
