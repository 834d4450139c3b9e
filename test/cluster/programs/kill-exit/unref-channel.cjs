// A worker that lets go of its channel ends when it has nothing else to do.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['message', 'disconnect', 'exit'])
} else {
  process.channel.unref()
  process.send('unref')
  setTimeout(() => trace('done', process.connected), 50)
  process.on('beforeExit', () => trace('beforeExit'))
  process.on('exit', (code) => trace('exit', code))
}
