// A worker that is inspected says so, and works.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.setupPrimary({ execArgv: ['--inspect'], inspectPort: 0, silent: true })
  const worker = cluster.fork()
  let text = ''
  worker.process.stderr.on('data', (data) => (text += data))
  worker.process.on('close', (code) => trace('close', code, /^Debugger listening on ws:\/\/127/.test(text)))
} else {
  trace('inspected', require('node:inspector').url()?.startsWith('ws:'), process.execArgv)
  process.disconnect()
}
