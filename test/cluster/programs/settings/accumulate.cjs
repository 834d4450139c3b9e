// Each set-up adds to the settings, and makes a new object of them.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.on('setup', (settings) => trace('setup', settings, settings === cluster.settings))
cluster.setupPrimary({ args: ['one'] })
const first = cluster.settings
cluster.setupPrimary({ exec: 'two.js', silent: true })
trace('new object', cluster.settings !== first)
cluster.setupPrimary({ execArgv: ['--three'], unknown: 'kept', silent: false })
trace('at once', cluster.settings)
trace('first', first)
