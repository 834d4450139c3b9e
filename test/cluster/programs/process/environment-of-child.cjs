// What a worker starts itself is no worker.
const { execFileSync, fork } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (process.env.CHILD) {
  trace.as('child')
  trace('kind', cluster.isPrimary, cluster.isWorker, cluster.worker, process.env.NODE_UNIQUE_ID)
  process.disconnect()
} else if (cluster.isPrimary) {
  cluster.fork()
} else {
  const code =
    "const c = require('cluster'); console.log(c.isPrimary, c.isWorker, process.env.NODE_UNIQUE_ID)"
  trace('by execFile', execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }))
  trace('execArgv', process.execArgv, process.env.NODE_OPTIONS)
  fork(__filename, { env: { ...process.env, CHILD: 'yes' } }).on('exit', (code) => {
    trace('child', code)
    process.disconnect()
  })
}
