// From silent to loud between two forks.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true })
  const first = cluster.fork()
  first.on('exit', () => {
    cluster.setupPrimary({ silent: false })
    trace('streams', first.process.stdout !== null, cluster.fork().process.stdout)
  })
} else {
  console.log(`worker ${cluster.worker.id}`)
  process.disconnect()
}
