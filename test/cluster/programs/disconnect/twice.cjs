// `cluster.disconnect` twice, and again while a callback runs.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  cluster.on('online', () => {
    cluster.disconnect(() => trace('first'))
    cluster.disconnect(() => {
      trace('second')
      cluster.disconnect(() => trace('third', worker.isDead()))
    })
  })
}
