// Listeners of workers come and go as with any emitter.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const gone = () => trace('never')
  worker.on('exit', gone)
  worker.off('exit', gone)
  worker.once('message', (message) => trace('once', message))
  worker.prependListener('message', (message) => trace('first', message))
  trace('names', worker.eventNames(), worker.listenerCount('message'))
} else {
  process.send(1)
  process.send(2)
  process.send(3, () => process.disconnect())
}
