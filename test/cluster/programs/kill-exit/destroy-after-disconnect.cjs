// `destroy` in a worker that has disconnected ends it at once.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['disconnect', 'exit'])
} else {
  setInterval(() => {}, 1000)
  cluster.worker.disconnect()
  cluster.worker.on('disconnect', () => {
    trace('disconnect', cluster.worker.state)
    process.on('exit', (code) => trace('exit', code))
    cluster.worker.destroy()
    trace('never')
  })
}
