// The pattern of many programs: what has ended is started again, until it is enough.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('exit', (worker, code, signal) => {
    trace('exit', worker.id, code, signal, worker.exitedAfterDisconnect)
    if (worker.id < 4) trace('respawned', cluster.fork({ ATTEMPT: worker.id }).id)
  })
  cluster.fork()
} else {
  trace('attempt', process.env.ATTEMPT)
  process.exit(cluster.worker.id)
}
