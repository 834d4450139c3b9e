// `kill` in the primary: a signal, at once.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  worker.on('listening', () => {
    trace('returns', worker.kill(), worker.process.killed, worker.isDead(), worker.isConnected())
    trace('state', worker.state, worker.exitedAfterDisconnect, 1 in cluster.workers)
  })
} else {
  process.on('exit', () => trace('never'))
  net.createServer().listen(0)
}
