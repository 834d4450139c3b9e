// Without `inspectPort` each worker has the port after that of the one before.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

process.debugPort = 40_000
cluster.setupPrimary({ exec: 'missing.js', args: [], execArgv: ['--inspect'], silent: true })
for (let i = 0; i < 3; i++) {
  const worker = cluster.fork()
  trace('spawned', worker.process.spawnargs.slice(1))
  worker.kill('SIGKILL')
}
trace('settings', cluster.settings.execArgv, process.debugPort)
