// `disconnect` without workers: the callback comes later, each time.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

process.nextTick(() => trace('tick before'))
trace(
  'returns',
  cluster.disconnect(function (...values) {
    trace('first', values, this === cluster)
    cluster.disconnect(() => trace('third'))
  }),
)
trace(
  'returns',
  cluster.disconnect(() => trace('second')),
)
process.nextTick(() => trace('tick after'))
trace.call('without callback', () => cluster.disconnect())
trace.call('wrong callback', () => cluster.disconnect('text'))
