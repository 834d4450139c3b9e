// Under a supervisor, a worker that dies is succeeded, and its socket waits; one that goes is not.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function ask(port) {
  const socket = net.connect(port, '127.0.0.1')
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer)
}

async function main() {
  const { supervise } = require('@manifold/health')
  const supervisor = supervise(cluster)
  trace.events(cluster, 'cluster', ['fork', 'listening', 'exit'])
  let worker = cluster.fork({ NAME: 'a' })
  const [{ port }] = await once(worker, 'listening')
  for (let deaths = 0; deaths < 2; deaths++) {
    worker.process.kill('SIGKILL')
    await once(worker, 'exit')
    trace('answer', await ask(port))
    worker = Object.values(cluster.workers)[0]
  }
  worker.send('go')
  await once(worker, 'exit')
  trace('left', Object.keys(cluster.workers), cluster.master.status().groups.default.workers)
  await new Promise((resolve) => {
    net.connect(port, '127.0.0.1').on('error', ({ code }) => trace('afterwards', code) ?? resolve())
  })
  await supervisor.stop()
}

if (cluster.isPrimary) main()
else {
  process.on('message', () => cluster.worker.disconnect())
  net.createServer((socket) => socket.end(process.env.NAME)).listen(0, '127.0.0.1')
}
