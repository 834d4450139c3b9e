// Ends with: 3
// When the primary exits, its workers exit with 0.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', () => ++listening === 2 && process.exit(3))
  process.on('exit', (code) => trace('exit', code, Object.keys(cluster.workers)))
  cluster.fork()
  cluster.fork()
} else {
  setInterval(() => {}, 1000)
  net.createServer().listen(0)
  process.on('exit', (code) => trace('exit', code, cluster.worker.exitedAfterDisconnect))
}
