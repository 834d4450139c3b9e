// States of a worker over its life, in the primary and in itself.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const tell = (when) => {
    trace(
      when,
      worker.state,
      worker.isConnected(),
      worker.isDead(),
      worker.exitedAfterDisconnect,
      1 in cluster.workers,
    )
  }
  tell('forked')
  for (const event of ['fork', 'online', 'listening', 'disconnect', 'exit'])
    cluster.on(event, () => tell(event))
  worker.on('message', (message) => {
    tell(message)
    worker.disconnect()
    tell('disconnecting')
  })
} else {
  const { worker } = cluster
  const tell = (when) => trace(when, worker.state, worker.isConnected(), worker.exitedAfterDisconnect)
  tell('started')
  const server = net.createServer().listen(0, () => {
    tell('listening')
    process.send('up')
  })
  server.on('close', () => tell('closed'))
  worker.on('disconnect', () => tell('disconnect') ?? setTimeout(() => {}, 200))
  process.on('exit', () => tell('exit'))
}
