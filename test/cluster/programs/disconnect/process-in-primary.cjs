// The primary closes the channel of a worker: it ends with 0.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['disconnect', 'exit', 'error'])
  worker.on('message', () => {
    trace(
      'returns',
      worker.process.disconnect(),
      worker.isConnected(),
      worker.exitedAfterDisconnect,
      worker.state,
    )
    trace('workers', Object.keys(cluster.workers))
  })
  worker.on('disconnect', () => trace('workers', Object.keys(cluster.workers)))
} else {
  setInterval(() => {}, 1000)
  process.on('exit', (code) => trace('exit', code, cluster.worker.exitedAfterDisconnect))
  process.send('up')
}
