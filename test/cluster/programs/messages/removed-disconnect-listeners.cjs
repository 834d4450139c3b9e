// A worker whose program removes all listeners for the disconnect does not end with it.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('exit', (code) => trace('exit', code))
} else {
  trace('count', process.listenerCount('disconnect'))
  process.removeAllListeners('disconnect')
  process.on('disconnect', () => setTimeout(() => trace('still here'), 100))
  process.disconnect()
}
