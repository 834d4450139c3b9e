// `NODE_OPTIONS` of a fork are for its worker.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork({ NODE_OPTIONS: '--stack-trace-limit=4' })
} else {
  trace('options', process.env.NODE_OPTIONS, Error.stackTraceLimit, process.execArgv)
  process.exit()
}
