// Killing a worker twice, and once more when it is dead.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['error', 'disconnect', 'exit'])
  worker.on('message', () => {
    trace('first', worker.kill())
    trace('second', worker.kill('SIGKILL'))
  })
  worker.on('exit', () => {
    trace('third', worker.kill(), worker.process.killed)
    trace('child', worker.process.kill())
  })
} else {
  process.on('SIGTERM', () => {}) // so that it is the second that ends it
  process.send('up')
}
