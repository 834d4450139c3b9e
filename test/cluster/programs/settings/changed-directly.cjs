// Settings that are changed in place count at the next fork.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary()
  cluster.settings.args = ['changed']
  cluster.settings.more = true
  cluster.fork()
  trace('settings', cluster.settings)
  cluster.settings = { args: ['replaced'] }
  cluster.fork()
  trace('settings', cluster.settings)
} else {
  trace('argv', process.argv.slice(2))
  process.exit()
}
