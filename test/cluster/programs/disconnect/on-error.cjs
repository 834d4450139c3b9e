// A worker that disconnects because it could not listen.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const own = net.createServer().listen(0, '127.0.0.1', () => {
    const worker = cluster.fork({ PORT: own.address().port })
    trace.events(worker, 'worker', ['disconnect', 'exit'])
    worker.on('exit', () => trace('intended', worker.exitedAfterDisconnect) ?? own.close())
  })
} else {
  const server = net.createServer().listen(process.env.PORT, '127.0.0.1')
  server.on('error', ({ code }) => trace('error', code) ?? cluster.worker.disconnect())
  process.on('exit', (code) => trace('exit', code))
}
