// A primary that lets go of its worker ends, and so does the worker.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', () => {
    worker.process.unref()
    worker.process.channel.unref()
  })
  process.on('exit', (code) => trace('exit', code, worker.isConnected()))
} else {
  process.on('exit', (code) => trace('exit', code))
  process.send('up')
}
