// `worker.disconnect` in the primary for a worker that has disconnected, and for one that has ended.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['error', 'disconnect', 'exit'])
  worker.on('online', () => trace('first', worker.disconnect()))
  worker.on('disconnect', () => trace('second', worker.disconnect()))
  worker.on('exit', () => trace('third', worker.disconnect()))
} else {
  process.on('disconnect', () => setTimeout(() => {}, 200))
}
