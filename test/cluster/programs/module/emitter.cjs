// The module is an event emitter as any other.
const { EventEmitter } = require('node:events')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

trace('is', cluster instanceof EventEmitter, Object.getPrototypeOf(cluster) === EventEmitter.prototype)
const listener = function (...values) {
  trace('mine', this === cluster, ...values)
}
trace(
  'returns',
  cluster.on('mine', listener) === cluster,
  cluster.emit('mine', 1, 'two'),
  cluster.emit('other'),
)
cluster.off('mine', listener)
trace('left', cluster.listenerCount('mine'), cluster.emit('mine'))
trace.call('error', () => cluster.emit('error', new Error('unheard')))
