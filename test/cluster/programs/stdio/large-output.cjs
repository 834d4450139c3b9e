// Large outputs of a worker arrive whole before its close.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true })
  const { process: child } = cluster.fork()
  let length = 0
  child.stdout.on('data', (data) => (length += data.length))
  child.on('close', (code) => trace('close', code, length))
} else {
  process.stdout.write('x'.repeat(2_000_000), () => process.disconnect())
}
