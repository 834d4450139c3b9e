// A setting of undefined takes the place of an earlier one, so that nothing is left to execute.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.setupPrimary({ exec: undefined, args: undefined })
trace('settings', cluster.settings)
trace.call('fork', () => cluster.fork())
trace('workers', Object.keys(cluster.workers))
cluster.on('fork', () => trace('fork'))
