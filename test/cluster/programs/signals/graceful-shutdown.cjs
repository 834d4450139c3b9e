// The pattern of many services: at SIGTERM the primary disconnects its workers, and ends when they have.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let listening = 0
  process.on('SIGTERM', () => {
    trace('SIGTERM')
    cluster.disconnect(() => trace('disconnected', Object.keys(cluster.workers)))
  })
  cluster.on('listening', () => ++listening === 2 && process.kill(process.pid, 'SIGTERM'))
  cluster.fork()
  cluster.fork()
  process.on('exit', (code) => trace('exit', code))
} else {
  http.createServer().listen(0)
  process.on('exit', (code) => trace('exit', code, cluster.worker.exitedAfterDisconnect))
}
