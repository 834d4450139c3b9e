// `exitedAfterDisconnect` that a program sets itself is kept.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', () => {
    worker.exitedAfterDisconnect = true
    worker.kill()
  })
  worker.on('exit', (code, signal) => trace('exit', code, signal, worker.exitedAfterDisconnect))
} else {
  process.send('up')
}
