// A program that forks in `exit` and has a supervisor as well has no worker too many.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function main() {
  const { supervise } = require('@manifold/health')
  const supervisor = supervise(cluster)
  let forking = true
  cluster.on('exit', (worker, code, signal) => {
    trace('exit', worker, code, signal)
    if (forking) cluster.fork()
  })
  cluster.fork()
  for (let deaths = 0; deaths < 3; deaths++) {
    const [worker] = await once(cluster, 'listening')
    worker.process.kill('SIGKILL')
    await once(worker, 'exit')
  }
  await once(cluster, 'listening')
  trace('workers', Object.keys(cluster.workers), cluster.master.status().groups.default.workers)
  forking = false
  cluster.disconnect()
  await supervisor.stop()
}

if (cluster.isPrimary) main()
else net.createServer().listen(0, '127.0.0.1')
