// A scheduling policy that there is not.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.schedulingPolicy = 99
try {
  cluster.setupPrimary()
  trace('never')
} catch (error) {
  trace('throws', error instanceof Error)
}
