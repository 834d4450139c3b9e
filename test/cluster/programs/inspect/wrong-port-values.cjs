// Values of `inspectPort` that are no port.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.setupPrimary({ exec: 'missing.js', args: [], execArgv: ['--inspect=0'], silent: true })
const wrong = [
  null,
  NaN,
  65536,
  1,
  -1,
  'text',
  () => null,
  () => 65536,
  () => {
    throw new Error('own')
  },
  {},
  1.5,
]
for (const inspectPort of wrong) {
  cluster.setupPrimary({ inspectPort })
  trace.call(String(inspectPort), () => cluster.fork().kill('SIGKILL'))
}
trace('ids', cluster.fork.length)
