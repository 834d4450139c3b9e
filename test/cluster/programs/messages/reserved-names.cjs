// What looks like a message of the module itself is the program's all the same.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const messages = [
  { act: 'disconnect' },
  { act: 'online' },
  { cmd: 'ready' },
  { ack: 0 },
  { seq: 1 },
  { type: 'drain' },
]
if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['online', 'message', 'listening', 'disconnect'])
  for (const message of messages) worker.send(message)
  worker.on('message', ({ type }) => type && worker.disconnect())
} else {
  process.on('message', (message) => {
    trace('message', message)
    process.send(message)
  })
}
