// Connections that come at the same time are spread evenly, too.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', async ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    const served = await Promise.all(
      Array.from({ length: 20 }, () => {
        return new Promise((done) => net.connect(port, '127.0.0.1').on('data', (data) => done(Number(data))))
      }),
    )
    trace('total', served.length, 'both', served.includes(1) && served.includes(2))
    cluster.disconnect()
  })
  cluster.fork()
} else {
  net.createServer((socket) => socket.end(String(cluster.worker.id))).listen(0, '127.0.0.1')
}
