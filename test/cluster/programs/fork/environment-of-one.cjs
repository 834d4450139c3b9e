// What one fork adds is not there for the next, and what the primary sets later is.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork({ ONLY: 'first' })
  process.env.LATER = 'set'
  cluster.fork()
  cluster.fork({ NODE_UNIQUE_ID: '77' })
} else {
  trace('env', process.env.ONLY, process.env.LATER, cluster.worker.id)
  process.exit()
}
