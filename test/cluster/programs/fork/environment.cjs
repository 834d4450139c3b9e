// The environment of a worker: that of the primary, and what its fork adds.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  process.env.INHERITED = 'as it is'
  process.env.CHANGED = 'before'
  process.env.REMOVED = 'is there'
  const env = { CHANGED: 'after', REMOVED: undefined, ADDED: 'new', NUMBER: 5, NOTHING: null, EMPTY: '' }
  cluster.fork(env)
  trace('own', process.env.CHANGED, process.env.ADDED, process.env.NODE_UNIQUE_ID)
  trace('given', env)
} else {
  const names = ['INHERITED', 'CHANGED', 'REMOVED', 'ADDED', 'NUMBER', 'NOTHING', 'EMPTY', 'NODE_UNIQUE_ID']
  for (const name of names) trace(name, name in process.env, process.env[name])
  process.exit()
}
