// Ends with: SIGKILL
// A worker that is disconnecting goes on when its primary is gone.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', () => worker.disconnect())
  worker.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
} else {
  process.on('disconnect', () => setTimeout(() => trace('done'), 200))
  process.on('exit', (code) => trace('exit', code))
  process.send('up')
}
