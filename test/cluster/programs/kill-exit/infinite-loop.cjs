// A worker that is caught in a loop can be killed.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['disconnect', 'exit'])
  worker.on('message', () => worker.kill())
} else {
  process.send('looping', () => {
    for (;;);
  })
}
