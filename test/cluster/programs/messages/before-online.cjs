// Messages that are sent before the worker runs wait for it, in order.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  for (let i = 0; i < 5; i++) trace('returns', worker.send({ i }))
  cluster.on('fork', () => worker.send('from fork'))
  cluster.on('online', () => worker.send('from online'))
} else {
  process.on('message', (message) => {
    trace('message', message)
    if (message === 'from online') process.exit()
  })
}
