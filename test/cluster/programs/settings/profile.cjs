// With --prof every process has a log of its own.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.setupPrimary({ execArgv: ['--prof'] })
trace('flags', cluster.settings.execArgv)
cluster.setupPrimary({ execArgv: ['--prof', '--logfile=mine.log'] })
trace('flags', cluster.settings.execArgv)
