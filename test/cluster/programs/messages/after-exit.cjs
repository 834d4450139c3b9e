// Sending to who has ended: false, and an error for the callback or the event.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('exit', () => {
    worker.on('error', (error) => trace('error', error))
    trace(
      'with callback',
      worker.send('one', (error) => trace('callback', error)),
    )
    trace('without', worker.send('two'))
    trace(
      'disconnected',
      worker.isConnected(),
      worker.process.send('three', (error) => trace('process', error)),
    )
    trace('same tick')
  })
} else {
  process.exit()
}
