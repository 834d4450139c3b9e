// A worker that has disconnected cannot send any more.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('message', (message) => trace('message', message))
} else {
  cluster.worker.exitedAfterDisconnect = true // or it would end at once
  process.on('disconnect', () => {
    trace('connected', cluster.worker.isConnected(), process.connected)
    cluster.worker.on('error', (error) => trace('error', error))
    trace(
      'send',
      cluster.worker.send('late', (error) => trace('callback', error)),
    )
    trace('send', process.send('later'))
    trace('channel', process.channel)
  })
  process.disconnect()
}
