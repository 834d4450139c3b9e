// Every fork sets up, and tells it.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['setup', 'fork'])
  cluster.fork()
  trace('settings', cluster.settings)
  const { settings } = cluster
  cluster.fork()
  trace('again', settings === cluster.settings)
} else {
  process.exit()
}
