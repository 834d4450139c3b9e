// Tools replace methods of the module: what they put there is what everybody calls.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const { fork, emit } = cluster
  cluster.fork = function (...values) {
    trace('fork', this === cluster, values)
    return fork.apply(this, values)
  }
  cluster.emit = function (event, ...values) {
    trace('emit', event)
    return emit.call(this, event, ...values)
  }
  require('node:cluster').fork({ MARK: 'patched' })
} else {
  trace('mark', process.env.MARK)
  process.exit()
}
