// Errors of a worker's process are errors of the worker, and of nobody else.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['error'])
  trace.events(worker.process, 'process', ['error'])
  trace.events(cluster, 'cluster', ['error'])
  worker.on('exit', () => {
    trace('send', worker.send('too late'))
  })
} else {
  process.exit()
}
