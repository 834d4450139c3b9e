// A worker that kills itself disconnects, and exits with 0.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  worker.on('exit', () => trace('intended', worker.exitedAfterDisconnect))
} else {
  const { worker } = cluster
  process.on('disconnect', () => trace('disconnect', worker.state))
  process.on('exit', (code) => trace('exit', code, worker.exitedAfterDisconnect))
  net
    .createServer()
    .on('close', () => trace('never'))
    .listen(0, () => {
      trace(
        'returns',
        worker.kill('SIGKILL'),
        worker.state,
        worker.exitedAfterDisconnect,
        worker.isConnected(),
      )
      trace('again', worker.kill())
    })
}
