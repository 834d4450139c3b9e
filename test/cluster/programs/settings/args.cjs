// Arguments of the workers: by default those of the primary.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const fork = (args, next) => {
    if (args) cluster.setupPrimary({ args })
    cluster.fork().on('exit', next)
  }
  fork(undefined, () => fork(['--custom', 'argument'], () => fork([], () => fork([' ', 'ü'], () => {}))))
} else {
  trace('argv', process.argv.slice(2))
  process.exit()
}
