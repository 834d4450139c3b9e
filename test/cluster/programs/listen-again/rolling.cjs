// A rolling restart: a new worker listens, then the old one is disconnected. No client notices.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let [served, failed, port, stop] = [0, 0, undefined, false]
  const request = () => {
    if (stop) return cluster.disconnect(() => trace('done', served > 0, failed))
    const client = net.connect(port, '127.0.0.1')
    client
      .on('data', () => served++)
      .on('error', () => failed++)
      .on('close', request)
  }
  cluster.on('listening', (worker, info) => {
    if (worker.id === 1) {
      port = info.port
      request()
    } else {
      cluster.workers[worker.id - 1].disconnect()
    }
    if (worker.id < 4) return cluster.fork()
    stop = true // when the request that is under way has been served
  })
  cluster.fork()
} else {
  net.createServer((socket) => socket.on('error', () => {}).end('served')).listen(0, '127.0.0.1')
}
