// The older name does the same.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isMaster) {
  cluster.on('setup', (settings) => trace('setup', settings.args))
  trace('same', cluster.setupMaster === cluster.setupPrimary)
  cluster.setupMaster({ args: ['old', 'name'] })
  cluster.fork()
} else {
  trace('argv', process.argv.slice(2))
  process.exit()
}
