// An error in a worker's `message` listener is one of the worker, and the primary hears of the end.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['exit'])
  worker.send('throw')
} else {
  process.on('message', (message) => {
    throw new Error(`because of ${message}`)
  })
}
