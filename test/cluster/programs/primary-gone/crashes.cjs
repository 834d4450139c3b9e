// Ends with: 1
// When the primary crashes, its worker exits with 0.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('message', () => {
    throw new Error('crash')
  })
} else {
  process.on('exit', (code) => trace('exit', code))
  process.send('up')
}
