// A primary ends by itself when its last worker has.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
  process.on('beforeExit', () => trace('beforeExit', cluster.workers))
  process.on('exit', (code) => trace('exit', code))
  cluster.on('listening', (worker) => {
    trace('listening', worker.isConnected())
    worker.disconnect()
  })
} else {
  net.createServer().listen(0)
}
