// A worker without outputs.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ stdio: ['ignore', 'ignore', 'ignore', 'ipc'], silent: true })
  const { process: child } = cluster.fork()
  trace('stdio', child.stdio, child.stdout)
  child.on('exit', (code) => trace('exit', code))
} else {
  console.log('to nobody')
  process.disconnect()
}
