// Ctrl-C reaches all processes: each ends as it likes.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  process.on('SIGINT', () => trace('interrupted'))
  worker.on('exit', (code, signal) => trace('exit', code, signal))
  worker.on('message', () => process.kill(0, 'SIGINT')) // to the process group
} else {
  process.on('SIGINT', () => trace('interrupted') ?? setTimeout(() => process.exit(6), 100))
  process.send('ready')
}
