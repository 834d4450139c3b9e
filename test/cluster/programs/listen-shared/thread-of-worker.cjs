// A thread of a worker listens by itself: the primary hears nothing.
const { Worker, isMainThread, parentPort } = require('node:worker_threads')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (!isMainThread) {
  const server = net.createServer((socket) => socket.end('by a thread'))
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
} else if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening'])
  const worker = cluster.fork()
  worker.on('message', (port) => {
    net
      .connect(port, '127.0.0.1')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => worker.kill())
  })
} else {
  new Worker(__filename).on('message', (port) => process.send(port))
}
