// Without a flag to inspect, `inspectPort` is of no importance, unless it is null.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ inspectPort: 5678, args: [] })
  cluster.fork()
  cluster.setupPrimary({ inspectPort: null })
  trace.call('null', () => cluster.fork())
  cluster.setupPrimary({ inspectPort: 'no port' })
  trace.call('text', () => cluster.fork().process.spawnargs.slice(1))
} else {
  trace('flags', process.execArgv)
  process.exit()
}
