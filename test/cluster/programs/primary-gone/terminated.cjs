// Ends with: SIGTERM
// SIGTERM to the primary only ends it, as any process; its worker hears of it by the channel.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  process.on('exit', () => trace('never'))
  cluster.fork()
  cluster.on('message', () => process.kill(process.pid, 'SIGTERM'))
} else {
  process.on('SIGTERM', () => trace('never'))
  process.on('exit', (code) => trace('exit', code))
  process.send('up')
}
