// A thread is a primary, whether of a primary or of a worker.
const { Worker, isMainThread } = require('node:worker_threads')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (!isMainThread) {
  const { parentPort } = require('node:worker_threads')
  parentPort.postMessage([cluster.isPrimary, cluster.isWorker, cluster.worker])
} else {
  new Worker(__filename).once('message', (kind) => {
    trace('thread', kind)
    if (cluster.isPrimary) cluster.fork()
    else process.disconnect()
  })
}
