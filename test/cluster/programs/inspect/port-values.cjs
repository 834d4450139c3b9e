// `inspectPort` for workers that are inspected.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

cluster.setupPrimary({ exec: 'missing.js', args: [], execArgv: ['--inspect=0'], silent: true })
const next = 7000
const values = [0, '0', 5678, '5678', () => 5679, () => String(next)]
for (const inspectPort of values) {
  cluster.setupPrimary({ inspectPort })
  const worker = cluster.fork()
  trace(`${inspectPort}`, worker.process.spawnargs.slice(1))
  worker.kill('SIGKILL')
}
