// A primary under whose supervisor the only worker keeps dying goes on trying, and ends when the supervisor is stopped.
const cluster = require(process.env.CLUSTER)
const trace = require('../trace.cjs')

if (cluster.isPrimary) {
  const { supervise } = require('@manifold/health')
  const supervisor = supervise(cluster, { restart: { minDelayMs: 1 } })
  let deaths = 0
  cluster.on('exit', (worker, code) => {
    trace('exit', worker.id, code)
    deaths++
    if (deaths === 3) supervisor.stop()
  })
  cluster.fork()
} else process.exit(3)
