// Functions of the module, called without it.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

const { fork, setupPrimary, disconnect, isPrimary } = cluster
if (isPrimary) {
  setupPrimary({ args: ['no', 'this'] })
  const worker = fork()
  trace('forked', worker)
  cluster.on('online', () => disconnect(() => trace('disconnected')))
} else {
  trace('argv', process.argv.slice(2))
}
