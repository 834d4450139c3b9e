// One worker with JSON, the next with structured clones.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const run = (serialization, done) => {
    cluster.setupPrimary({ serialization })
    const worker = cluster.fork()
    worker.on('message', (value) => {
      trace(serialization, value)
      worker.disconnect()
    })
    worker.on('exit', done)
    worker.send({ date: new Date(0), nothing: undefined })
  }
  run('json', () => run('advanced', () => run(undefined, () => {})))
} else {
  process.on('message', (value) => {
    net.createServer().listen(0, () => process.send({ value, date: new Date(1) }))
  })
}
