// A worker that has disconnected goes on as long as it has something to do.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['disconnect', 'exit'])
  worker.on('message', () => worker.disconnect())
  worker.on('disconnect', () => trace('dead', worker.isDead(), Object.keys(cluster.workers)))
} else {
  const timer = setInterval(() => {}, 1000)
  process.send('up')
  process.on('disconnect', () => {
    setTimeout(() => {
      trace('going on', process.connected)
      clearInterval(timer)
    }, 300)
  })
  process.on('exit', (code) => trace('exit', code))
}
