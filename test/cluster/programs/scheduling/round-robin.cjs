// By default connections go to the workers in turn.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace('policy', cluster.schedulingPolicy === cluster.SCHED_RR)
  cluster.on('listening', async ({ id }, { port }) => {
    if (id < 3) return cluster.fork()
    const served = {}
    for (let i = 0; i < 12; i++) {
      await new Promise((done) => {
        net
          .connect(port, '127.0.0.1')
          .on('data', (data) => (served[data] = (served[data] ?? 0) + 1))
          .on('close', done)
      })
    }
    trace('served', served['1'], served['2'], served['3'])
    cluster.disconnect()
  })
  cluster.fork()
} else {
  net.createServer((socket) => socket.end(String(cluster.worker.id))).listen(0, '127.0.0.1')
}
