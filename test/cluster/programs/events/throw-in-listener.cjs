// Ends with: 1
// What a listener throws is an uncaught error of the primary; the workers end as well.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  process.on('exit', (code) => trace('exit', code))
  cluster.fork()
  cluster.on('online', () => {
    throw new Error('from the listener')
  })
} else {
  process.on('exit', (code) => trace('exit', code))
  setInterval(() => {}, 1000)
}
