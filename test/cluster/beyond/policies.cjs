// What `schedulingPolicy` takes, and when.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function main() {
  trace('at first', cluster.schedulingPolicy)
  cluster.schedulingPolicy = 'fastest'
  trace.call('fork', () => cluster.fork())
  cluster.schedulingPolicy = { sticky: 'address' }
  const worker = cluster.fork()
  cluster.schedulingPolicy = cluster.SCHED_NONE
  await once(worker, 'listening')
  const [socket] = Object.values(cluster.master.status().groups.default.sockets)
  trace('policy', socket.policy)
  cluster.disconnect()
}

if (cluster.isPrimary) main()
else net.createServer().listen(0, '127.0.0.1')
