// Ids count up and are never used again.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()]
  trace(
    'ids',
    workers.map(({ id }) => id),
    Object.keys(cluster.workers),
    cluster.workers[2] === workers[1],
  )
  workers[0].on('exit', () => {
    const third = cluster.fork()
    trace('next', third.id, Object.keys(cluster.workers))
    third.on('exit', () => {
      workers[1].on('exit', () => trace('left', Object.keys(cluster.workers), cluster.fork().id))
      workers[1].send('end')
    })
  })
} else {
  trace('id', cluster.worker.id)
  if (cluster.worker.id === 2) process.on('message', () => process.exit())
  else process.exit()
}
