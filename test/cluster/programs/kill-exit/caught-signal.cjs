// A worker that handles SIGTERM ends when it wants to.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['disconnect', 'exit'])
  worker.on('message', () => worker.kill('SIGTERM'))
} else {
  process.on('SIGTERM', (...values) => {
    trace('caught', ...values)
    setTimeout(() => process.exit(12), 50)
  })
  process.send('ready')
}
