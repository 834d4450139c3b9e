// Each stream of a worker by itself, and one more.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ stdio: ['ignore', 'pipe', 'inherit', 'ipc', 'pipe'] })
  const { process: child } = cluster.fork()
  trace('stdio', child.stdin, child.stderr, child.stdio.length, child.stdout === child.stdio[1])
  child.stdout.on('data', (data) => trace('out', String(data)))
  child.stdio[4].on('data', (data) => trace('fourth', String(data)))
} else {
  console.error('error of the worker')
  require('node:fs').writeSync(4, 'through the fourth')
  process.send('x', () => console.log('out') ?? process.disconnect())
}
