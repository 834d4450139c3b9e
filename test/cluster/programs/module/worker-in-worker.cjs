// What a worker knows of itself.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  const { worker } = cluster
  trace('kind', cluster.isPrimary, cluster.isMaster, cluster.isWorker)
  trace(
    'own',
    Object.keys(worker)
      .filter((key) => !key.startsWith('_'))
      .sort(),
  )
  trace('is', worker instanceof cluster.Worker, worker.id, worker.state, worker.process === process)
  trace('connected', worker.isConnected(), worker.isDead(), worker.exitedAfterDisconnect)
  trace('events', worker.eventNames(), cluster.eventNames())
  process.disconnect()
}
