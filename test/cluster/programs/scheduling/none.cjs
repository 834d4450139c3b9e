// With SCHED_NONE workers accept by themselves.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

cluster.schedulingPolicy = cluster.SCHED_NONE
if (cluster.isPrimary) {
  cluster.on('listening', async ({ id }, info) => {
    trace('listening', id, info)
    if (id === 1) return cluster.fork()
    for (let i = 0; i < 4; i++) {
      await new Promise((done) => {
        net
          .connect(info.port, '127.0.0.1')
          .on('data', (data) => trace('data', String(data)))
          .on('close', done)
      })
    }
    cluster.disconnect()
  })
  cluster.on('exit', (_, code) => trace('exit', code))
  cluster.fork()
} else {
  const server = net.createServer((socket) => socket.end('served'))
  server.listen(0, '127.0.0.1', () => trace('address', server.address()))
}
