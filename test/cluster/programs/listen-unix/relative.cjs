// A socket by a relative path, of two workers.
const { existsSync, statSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', (worker, info) => {
    trace('listening', worker.id, info)
    if (worker.id === 1) return cluster.fork()
    trace('file', statSync('some.sock').isSocket())
    net
      .connect('some.sock')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => {
        cluster.disconnect(() => trace('file', existsSync('some.sock')))
      })
  })
  cluster.fork()
} else {
  const server = net.createServer((socket) => {
    socket.end('served')
  })
  server.listen('some.sock', () => trace('address', server.address()))
}
