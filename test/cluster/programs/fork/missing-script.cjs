// A script that is not there: the worker is online, reports it and ends.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.setupPrimary({ exec: './missing.js', silent: true })
const worker = cluster.fork()
trace.events(cluster, 'cluster', ['fork', 'online', 'disconnect', 'exit', 'error'])
let text = ''
worker.process.stderr.on('data', (chunk) => (text += chunk))
worker.process.on('close', () =>
  trace('said', text.includes('Cannot find module'), text.includes('missing.js')),
)
