// Signals that there are not.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('online', () => {
    trace.call('unknown', () => worker.kill('SIGNOTHING'))
    trace.call('object', () => worker.kill({}))
    trace.call('number', () => worker.destroy(4000))
    trace('alive', worker.isDead(), worker.process.killed)
    worker.disconnect()
  })
} else {
  setTimeout(() => {}, 1)
}
