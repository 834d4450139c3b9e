// What only a primary can do is not there in a worker.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  trace.call('fork', () => cluster.fork())
  trace.call('setupPrimary', () => cluster.setupPrimary({}))
  trace.call('disconnect', () => cluster.disconnect())
  process.exit()
}
