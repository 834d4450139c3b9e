// Whoever asks for the module by whatever name has the same object, in a primary and in a worker.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

trace('same', require('node:cluster') === cluster, require('node:cluster') === cluster)
trace('builtin', process.getBuiltinModule?.('cluster') === cluster)
const names = ['cluster', 'node:cluster', process.env.CLUSTER]
Promise.all(names.map((name) => import(name))).then((modules) => {
  for (const module of modules)
    trace('imported', module.default === cluster, module.Worker === cluster.Worker)
  if (cluster.isPrimary) cluster.fork()
  else process.disconnect()
})
