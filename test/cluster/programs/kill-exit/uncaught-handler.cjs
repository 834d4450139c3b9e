// A worker that handles uncaught errors goes on.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', (message) => trace('message', message) ?? worker.disconnect())
  worker.on('exit', (code) => trace('exit', code))
} else {
  process.on(
    'uncaughtException',
    (error, origin) => trace('caught', error.message, origin) ?? process.send('alive'),
  )
  setImmediate(() => {
    throw new Error('not the end')
  })
}
