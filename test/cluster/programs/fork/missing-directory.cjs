// A process that cannot be started: an error, and no exit.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.setupPrimary({ cwd: '/missing/directory' })
const events = ['fork', 'online', 'disconnect', 'exit', 'error']
trace.events(cluster, 'cluster', events)
trace.call('fork', () => {
  const worker = cluster.fork()
  trace.events(worker, 'worker', events)
  worker.process.on('error', () =>
    setImmediate(() => trace('later', worker.state, Object.keys(cluster.workers))),
  )
  return [worker.process.pid, worker.isConnected(), worker.isDead()]
})
