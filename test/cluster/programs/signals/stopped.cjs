// A worker that is stopped for a while is alive, and goes on.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.once('message', () => {
    worker.process.kill('SIGSTOP')
    worker.send('while stopped')
    setTimeout(() => trace('alive', !worker.isDead()) ?? worker.process.kill('SIGCONT'), 200)
    worker.once('message', (message) => trace('message', message) ?? worker.disconnect())
  })
} else {
  process.on('message', (message) => process.send(message))
  process.send('up')
}
