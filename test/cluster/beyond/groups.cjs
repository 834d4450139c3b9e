// A second pool has workers, events and an end of its own.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function main() {
  trace.events(cluster, 'cluster', ['fork', 'listening', 'exit'])
  const first = cluster.fork()
  const [{ port }] = await once(first, 'listening')
  const admin = cluster.group('admin', {
    exec: __filename,
    args: ['admin'],
    workers: 2,
    env: { TAKEN: String(port) },
    schedulingPolicy: 'least-connections',
  })
  trace('of admin', Object.keys(admin.workers), cluster.group('admin') === admin, admin.settings.args)
  trace('of cluster', Object.keys(cluster.workers), admin.schedulingPolicy, cluster.schedulingPolicy)
  await once(admin, 'message')
  await once(admin, 'message')
  const { groups } = cluster.master.status()
  trace(
    'status',
    Object.entries(groups).map(([name, { policy, workers }]) => `${name}: ${policy} ${workers}`),
  )
  let left = 2
  admin.on('exit', (worker, code) => {
    trace('one of admin has gone', worker.exitedAfterDisconnect, code)
    left--
    if (left === 0) trace('of cluster', Object.keys(cluster.workers)) ?? cluster.disconnect()
  })
  admin.disconnect()
}

function inWorker() {
  if (!process.argv.includes('admin')) return void net.createServer().listen(0, '127.0.0.1')
  const server = net.createServer()
  server.on('error', (error) => {
    trace('error', error)
    process.send('refused')
  })
  server.listen(Number(process.env.TAKEN), '127.0.0.1')
}

if (cluster.isPrimary) main()
else inWorker()
