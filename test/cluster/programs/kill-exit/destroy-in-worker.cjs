// `destroy` in a worker does not wait for anything that is open.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['disconnect', 'exit'])
} else {
  setInterval(() => {}, 1000)
  process.on('exit', (code) => trace('exit', code, cluster.worker.exitedAfterDisconnect))
  trace('returns', cluster.worker.destroy(), cluster.worker.exitedAfterDisconnect, cluster.worker.state)
}
