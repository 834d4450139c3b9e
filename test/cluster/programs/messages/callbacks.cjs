// When a message has been handed over, its callback is called, later.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const sendAll = (send, done) => {
  trace(
    'returns',
    send('one', (...values) => trace('one', ...values)),
  )
  trace(
    'returns',
    send('two', null, (...values) => trace('two', ...values)),
  )
  trace(
    'returns',
    send('three', null, {}, (...values) => trace('three', ...values) ?? done()),
  )
  trace('sent')
}
if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('online', () => sendAll(worker.send.bind(worker), () => {}))
  worker.on('disconnect', () => trace('disconnect'))
} else {
  process.on('message', (message) => {
    if (message === 'three') sendAll(process.send.bind(process), () => process.disconnect())
  })
}
