// What cannot be cloned.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' })
  const worker = cluster.fork()
  trace.call('function', () => worker.send({ act: () => {} }))
  trace.call('symbol', () => worker.send({ s: Symbol('s') }))
  trace.call('promise', () => worker.send([Promise.resolve()]))
  worker.on('exit', (code) => trace('exit', code))
  worker.send('end')
} else {
  process.once('message', () => process.disconnect())
}
