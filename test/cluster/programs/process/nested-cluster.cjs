// A child of a worker is the primary of a cluster of its own.
const { fork } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (process.env.NESTED && cluster.isPrimary) {
  trace.as('nested primary')
  cluster.on('exit', (worker, code) => trace('exit', worker.id, code))
  cluster.fork({ NESTED: 'worker' })
} else if (process.env.NESTED) {
  trace.as('nested worker')
  trace('id', cluster.worker.id)
  process.exit(7)
} else if (cluster.isPrimary) {
  cluster.fork()
} else {
  fork(__filename, { env: { ...process.env, NESTED: 'primary' } }).on('exit', (code) => {
    trace('nested', code)
    process.disconnect()
  })
}
