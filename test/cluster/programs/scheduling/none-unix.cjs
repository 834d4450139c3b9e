// A path with SCHED_NONE, of two workers, and its file.
const { existsSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.on('listening', ({ id }, info) => {
    trace('listening', id, info)
    if (id === 1) return cluster.fork()
    net
      .connect('some.sock')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => cluster.disconnect())
  })
  process.on('exit', () => trace('file', existsSync('some.sock')))
  cluster.fork()
} else {
  net.createServer((socket) => socket.end('served')).listen('some.sock')
}
