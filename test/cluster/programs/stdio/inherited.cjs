// Outputs of a worker are those of the primary.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  console.log('out of the primary')
  cluster.fork().on('exit', () => console.error('error of the primary'))
} else {
  console.log('out of the worker')
  console.error('error of the worker')
  trace('terminal', process.stdout.isTTY, process.stdin.isTTY)
  process.disconnect()
}
