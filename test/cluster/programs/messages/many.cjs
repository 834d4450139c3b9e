// Many messages, and large ones, arrive whole and in order.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const COUNT = 1000
if (cluster.isPrimary) {
  const worker = cluster.fork()
  for (let i = 0; i < COUNT; i++) worker.send(i)
  worker.send('x'.repeat(3_000_000))
  let next = 0
  worker.on('message', (message) => {
    if (message === next) next++
    if (typeof message === 'string') {
      trace('got', next, message.length)
      worker.disconnect()
    }
  })
} else {
  let next = 0
  process.on('message', (message) => {
    if (message === next) next++
    process.send(message)
    if (typeof message === 'string') trace('got', next, message.length)
  })
}
