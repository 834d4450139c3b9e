// A worker that has nothing to do goes on until it is told to end.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('exit', (code, signal) => trace('exit', code, signal))
  worker.on('online', () => {
    setTimeout(() => {
      trace('alive', !worker.isDead(), worker.isConnected())
      worker.disconnect()
    }, 500)
  })
}
