// Ends with: SIGKILL
// When the primary is killed, its worker exits with 0.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('listening', () => process.kill(process.pid, 'SIGKILL'))
} else {
  net.createServer().listen(0)
  process.on('disconnect', () =>
    trace('disconnect', cluster.worker.exitedAfterDisconnect, cluster.worker.state),
  )
  cluster.worker.on('disconnect', () => trace('worker disconnect'))
  process.on('exit', (code) => trace('exit', code))
}
