// `worker.disconnect` in a worker that has closed its channel already.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  cluster.worker.exitedAfterDisconnect = true // or it would end at once
  process.on('uncaughtException', (error) => trace('uncaught', error))
  process.on('disconnect', () => {
    trace('returns', cluster.worker.disconnect() === cluster.worker, cluster.worker.state)
    setTimeout(() => trace('later', cluster.worker.state), 100)
  })
  process.disconnect()
}
