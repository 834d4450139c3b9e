// `worker.disconnect` in the primary.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(worker, 'worker', ['listening', 'disconnect', 'exit'])
  worker.on('listening', () => {
    trace('returns', worker.disconnect() === worker, worker.exitedAfterDisconnect, worker.state)
    trace('still', worker.isConnected(), worker.isDead(), Object.keys(cluster.workers))
  })
  worker.on('disconnect', () => trace('disconnected', worker.isConnected(), worker.isDead(), worker.state))
} else {
  const { worker } = cluster
  const server = net.createServer().listen(0)
  server.on('close', () => trace('close', worker.isConnected(), worker.exitedAfterDisconnect, worker.state))
  worker.on('disconnect', () =>
    trace('disconnect', worker.isConnected(), worker.exitedAfterDisconnect, server.listening),
  )
  process.on('disconnect', () => setTimeout(() => {}, 200))
  process.on('exit', (code) => trace('exit', code, worker.state))
}
