// A worker that decides on its exit code while it ends.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['disconnect', 'exit'])
  worker.on('online', () => worker.disconnect())
} else {
  process.on('beforeExit', () => trace('beforeExit'))
  process.on('exit', (code) => {
    trace('exit', code)
    process.exitCode = 21
  })
}
