// The first set-up freezes the policy: what is assigned later has no effect.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary()
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.on('listening', async ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    const served = []
    for (let i = 0; i < 8; i++) {
      await new Promise((done) => {
        net
          .connect(port, '127.0.0.1')
          .on('data', (data) => served.push(Number(data)))
          .on('close', done)
      })
    }
    trace('served', served.sort(), cluster.schedulingPolicy)
    cluster.disconnect()
  })
  cluster.fork()
} else {
  net.createServer((socket) => socket.end(String(cluster.worker.id))).listen(0, '127.0.0.1')
}
