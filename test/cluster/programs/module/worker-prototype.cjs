// Methods of workers, in a primary and in a worker, and that of all of them can be patched.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const { prototype } = cluster.Worker
for (const name of Object.keys(prototype).sort()) trace(name, typeof prototype[name], prototype[name].length)
trace('constructor', prototype.constructor === cluster.Worker)
if (cluster.isPrimary) {
  const { send } = prototype
  prototype.send = function (message) {
    trace('sends', this, message)
    return send.call(this, message)
  }
  cluster.fork().send('hello')
} else {
  process.once('message', (message) => {
    trace('message', message)
    process.disconnect()
  })
}
