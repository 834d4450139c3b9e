// Forks from within the events of others.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('fork', ({ id }) => trace('fork', id, id === 1 && cluster.fork().id))
  cluster.on('online', ({ id }) => id === 1 && trace('third', cluster.fork().id))
  cluster.on('exit', () => {
    if (Object.keys(cluster.workers).length === 0) trace('done')
  })
  cluster.fork()
} else if (cluster.worker.id === 3) {
  process.exit()
} else {
  setTimeout(() => process.exit(), 300)
}
