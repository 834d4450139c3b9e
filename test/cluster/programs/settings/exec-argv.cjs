// Flags for the Node of the workers.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ execArgv: ['--stack-trace-limit=3', '--no-warnings'] })
  const worker = cluster.fork()
  trace('spawned', worker.process.spawnargs.slice(1))
  trace('own', process.execArgv, cluster.settings.execArgv)
} else {
  trace('flags', process.execArgv, Error.stackTraceLimit, process.argv.slice(2))
  process.exit()
}
