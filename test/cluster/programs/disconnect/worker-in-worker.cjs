// `worker.disconnect` in the worker itself.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['listening', 'disconnect', 'exit'])
  worker.on('disconnect', () =>
    trace('disconnected', worker.exitedAfterDisconnect, worker.state, worker.isDead()),
  )
} else {
  const { worker } = cluster
  const tell = (when) => trace(when, worker.isConnected(), worker.exitedAfterDisconnect, worker.state)
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    trace('returns', worker.disconnect() === worker, worker.exitedAfterDisconnect, worker.state)
    trace('again', worker.disconnect() === worker, server.listening)
  })
  server.on('close', () => tell('close'))
  worker.on('disconnect', () => tell('disconnect'))
  process.on('disconnect', () => setTimeout(() => {}, 200))
  process.on('exit', () => tell('exit'))
}
