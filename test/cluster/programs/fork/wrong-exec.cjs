// Values that are no script.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

for (const exec of [5, null, {}, true]) {
  cluster.setupPrimary({ exec })
  trace.call(`fork of ${exec}`, () => cluster.fork())
}
trace('workers', Object.keys(cluster.workers))
