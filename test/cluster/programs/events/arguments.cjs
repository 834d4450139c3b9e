// How many arguments each event has, and what `this` is.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  for (const event of ['setup', 'fork', 'online', 'listening', 'message', 'disconnect', 'exit']) {
    cluster.on(event, function (...values) {
      trace(`cluster ${event}`, values.length, this === cluster, values[0] === worker)
    })
    worker.on(event, function (...values) {
      trace(`worker ${event}`, values.length, this === worker)
      if (event === 'listening') worker.kill()
    })
  }
} else {
  net.createServer().listen(0, () => process.send('hello'))
}
