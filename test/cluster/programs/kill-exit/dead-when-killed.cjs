// A worker that is killed: in its `exit` it is dead, and when it is disconnected as well it is in no list.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', () => worker.process.kill('SIGKILL'))
  worker.on('exit', () => trace('exit', worker.isDead()))
  worker.process.on('close', () => {
    trace('close', worker.isDead(), worker.isConnected(), cluster.workers, worker.exitedAfterDisconnect)
  })
} else {
  process.send('up')
}
