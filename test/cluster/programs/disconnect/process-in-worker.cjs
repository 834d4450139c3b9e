// `process.disconnect` in a worker: it had not said that it would, so it ends at once.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['listening', 'disconnect', 'exit'])
  worker.on('exit', () => trace('intended', worker.exitedAfterDisconnect))
} else {
  setInterval(() => {}, 1000)
  const server = net.createServer().listen(0, '127.0.0.1', () => process.disconnect())
  server.on('close', () => trace('never'))
  process.on('disconnect', () => trace('disconnect', cluster.worker.exitedAfterDisconnect, process.connected))
  process.on('exit', (code) => trace('exit', code))
}
