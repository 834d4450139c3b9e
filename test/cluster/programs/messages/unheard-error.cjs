// Ends with: 1
// A failed send without a callback, when nobody listens for errors, is an uncaught error.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('exit', () => {
    trace('send', worker.send('too late'))
  })
  process.on('exit', (code) => trace('exit', code))
} else {
  process.exit()
}
