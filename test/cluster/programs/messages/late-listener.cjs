// A worker that listens late hears what was sent before, as long as it has not run its loop.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.send('early')
  worker.on('message', (message) => {
    trace('message', message)
    worker.send('late')
  })
} else {
  process.nextTick(() => {
    process.once('message', (message) => {
      trace('message', message)
      process.send('heard')
      cluster.worker.once('message', (message) => {
        trace('by worker', message)
        process.disconnect()
      })
    })
  })
}
