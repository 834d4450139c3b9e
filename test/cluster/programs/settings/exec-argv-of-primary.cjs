// Without settings, the flags of the primary are those of the workers.
const { spawn } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (!process.env.STARTED) {
  const env = { ...process.env, STARTED: 'yes' }
  spawn(process.execPath, ['--no-deprecation', '--expose-gc', __filename, 'x'], { env, stdio: 'inherit' })
} else if (cluster.isPrimary) {
  cluster.fork()
  trace('settings', cluster.settings)
} else {
  trace('flags', process.execArgv, process.noDeprecation, typeof globalThis.gc)
  process.exit()
}
