// `cluster.disconnect` with one worker, and when its callback comes.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  const worker = cluster.fork()
  cluster.on('listening', () => {
    cluster.disconnect(() =>
      trace('callback', Object.keys(cluster.workers), worker.isConnected(), worker.isDead()),
    )
    trace(
      'at once',
      worker.exitedAfterDisconnect,
      worker.isConnected(),
      Object.keys(cluster.workers),
      worker.state,
    )
  })
} else {
  net
    .createServer()
    .on('close', () => trace('close'))
    .listen(0)
}
