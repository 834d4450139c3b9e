// What has happened when `fork` returns, and what happens in the next tick.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('fork', (worker) => trace('fork', worker, worker.state, worker === cluster.workers[1]))
  cluster.on('setup', () => trace('setup'))
  process.nextTick(() => trace('tick before'))
  const worker = cluster.fork()
  process.nextTick(() => trace('tick after'))
  setImmediate(() => trace('immediate', worker.state))
  trace('returned', worker, worker.state, Object.keys(cluster.workers), worker.isConnected(), worker.isDead())
} else {
  process.exit()
}
