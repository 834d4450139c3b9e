// A worker whose program removes all listeners for messages still does what the primary says.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('listening', () => {
    trace('listening')
    worker.send('unheard')
    worker.disconnect()
  })
  worker.on('exit', (code) => trace('exit', code, worker.exitedAfterDisconnect))
} else {
  cluster.worker.on('message', () => trace('never'))
  process.removeAllListeners('message')
  net.createServer().listen(0, () => trace('listening', process.listenerCount('message')))
}
