// Messages whose `cmd` begins with NODE_ are not for programs.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['message'])
  worker.send({ cmd: 'NODE_MINE', text: 'hidden' })
  worker.send({ cmd: 'NODEMINE', text: 'shown' })
  worker.on('message', ({ text }) => text === 'last' && worker.disconnect())
} else {
  process.on('message', (message) => {
    trace('message', message)
    process.send({ cmd: 'NODE_ANSWER', text: 'hidden' })
    process.send({ cmd: 'answer', text: 'last' })
  })
}
