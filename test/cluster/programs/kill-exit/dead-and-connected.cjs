// `isDead` and `isConnected` at each event, and the list of workers, for one that outlives its channel.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const tell = (when) =>
    trace(when, worker.isDead(), worker.isConnected(), Object.keys(cluster.workers), worker.state)
  for (const event of ['online', 'message', 'disconnect', 'exit']) {
    worker.on(event, () => tell(`worker's ${event}`))
    cluster.on(event, () => tell(`cluster's ${event}`))
  }
  worker.process.on('exit', () => tell("process' exit"))
  worker.process.on('close', () => tell("process' close"))
  worker.on('message', () => worker.process.disconnect())
} else {
  cluster.worker.exitedAfterDisconnect = true // or it would end at once
  process.on('disconnect', () => setTimeout(() => {}, 200))
  process.send('up')
}
