// Settings are filled by the first set-up.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

trace('before', cluster.settings)
trace('returns', cluster.setupPrimary())
trace('after', cluster.settings)
trace('shared', cluster.settings.execArgv === process.execArgv)
