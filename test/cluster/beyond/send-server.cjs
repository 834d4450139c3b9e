// A server that a worker sends to its primary: it has no socket of its own if the primary accepts for it.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function main() {
  await once(cluster.fork(), 'exit')
  const shared = cluster.group('shared', { schedulingPolicy: cluster.SCHED_NONE })
  const [worker, text, server] = await once(shared, 'message')
  trace('received', text, server, server.listening)
  server.close()
  worker.disconnect()
}

if (cluster.isPrimary) main()
else {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    trace.call('send', () => process.send('a server', server)) || process.disconnect()
  })
}
