// Messages from and to a worker, on all who emit them.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['message'])
  trace.events(worker, 'worker', ['message'])
  trace.events(worker.process, 'process', ['message'])
  worker.on('message', ({ count }) => {
    if (count < 2) worker.send({ count: count + 1 })
    else worker.disconnect()
  })
  worker.send({ count: 0 })
} else {
  trace.events(process, 'process', ['message'])
  trace.events(cluster.worker, 'worker', ['message'])
  process.on('message', ({ count }) => cluster.worker.send({ count: count + 1 }))
}
