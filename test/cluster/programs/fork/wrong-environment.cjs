// Environments that cannot be given to a process.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.call('null byte', () => cluster.fork({ BAD: 'a\0b' }))
  trace.call('symbol', () => cluster.fork({ BAD: Symbol('bad') }))
  trace('workers', Object.keys(cluster.workers))
  trace.call('null', () => cluster.fork(null))
  trace.call('text', () => cluster.fork('text'))
  trace.call('array', () => cluster.fork(['zero']))
} else {
  trace('env', process.env[0], process.env[1])
  process.exit()
}
