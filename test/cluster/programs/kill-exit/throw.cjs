// An uncaught error in a worker: what it prints, and how it ends.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['online', 'disconnect', 'exit'])
  cluster.fork()
} else {
  process.on('exit', (code) => trace('exit', code))
  setImmediate(() => {
    throw Object.assign(new TypeError('uncaught'), { code: 'MINE' })
  })
}
