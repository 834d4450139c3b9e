// The same with SCHED_NONE.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  freePort().then((port) => {
    cluster.fork({ PORT: port })
    cluster.on('listening', (worker, info) => {
      trace('listening', worker.id, info)
      net
        .connect(port, '127.0.0.1')
        .on('data', (data) => trace('data', String(data)))
        .on('close', () => worker.disconnect())
    })
    cluster.on('exit', ({ id }) => id < 3 && cluster.fork({ PORT: port }))
  })
} else {
  net.createServer((socket) => socket.end(`by ${cluster.worker.id}`)).listen(process.env.PORT, '127.0.0.1')
}
