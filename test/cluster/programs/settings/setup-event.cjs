// The event comes in the next tick, with the settings of its call.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.on('setup', function (...values) {
  trace('setup', this === cluster, values.length, values[0].args)
})
process.nextTick(() => trace('tick before'))
cluster.setupPrimary({ args: ['a'] })
cluster.setupPrimary({ args: ['b'] })
process.nextTick(() => trace('tick after'))
Promise.resolve().then(() => trace('promise'))
trace('same tick')
