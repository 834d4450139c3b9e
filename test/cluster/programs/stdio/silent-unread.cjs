// A silent worker says nothing to anybody, not even why it ends.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true })
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  console.log('unheard')
  throw new Error('unheard')
}
