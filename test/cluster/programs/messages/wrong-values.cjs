// What cannot be sent is an error at once, on both sides.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const circle = {}
circle.self = circle
const attempts = (send) => {
  trace.call('nothing', () => send())
  trace.call('undefined', () => send(undefined))
  trace.call('function', () => send(() => {}))
  trace.call('symbol', () => send(Symbol('s')))
  trace.call('bigint', () => send(5n))
  trace.call('circle', () => send(circle))
  trace.call('options', () => send({}, undefined, 'wrong'))
  trace.call('keepOpen', () => send({}, undefined, { keepOpen: 1 }))
  trace.call('handle', () => send({}, {}))
  trace.call('null handle', () => send('fine', null))
}
if (cluster.isPrimary) {
  const worker = cluster.fork()
  attempts((...values) => worker.send(...values))
  worker.on('message', (message) => {
    trace('message', message)
    if (message === 'fine') worker.disconnect()
  })
} else {
  process.once('message', (message) => {
    trace('message', message)
    attempts((...values) => cluster.worker.send(...values))
  })
}
