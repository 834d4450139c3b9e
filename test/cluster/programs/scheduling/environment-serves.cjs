// NODE_CLUSTER_SCHED_POLICY=none: workers accept by themselves, and have the variable too.
const { spawn } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (!process.env.NODE_CLUSTER_SCHED_POLICY) {
  spawn(process.execPath, [__filename], {
    env: { ...process.env, NODE_CLUSTER_SCHED_POLICY: 'none' },
    stdio: 'inherit',
  })
} else if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    trace('policy', cluster.schedulingPolicy)
    net
      .connect(port, '127.0.0.1')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => worker.disconnect())
  })
} else {
  trace('variable', process.env.NODE_CLUSTER_SCHED_POLICY)
  net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1')
}
