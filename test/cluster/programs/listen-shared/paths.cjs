// A relative and an absolute path to one file: shared.
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('message', (worker, message) => {
    trace('message', worker.id, message)
    if (worker.id < 3) cluster.fork()
    else cluster.disconnect()
  })
  cluster.fork()
} else {
  const path = ['some.sock', resolve('some.sock'), './inner/../some.sock'][cluster.worker.id - 1]
  const server = net.createServer().listen(path)
  server.on('listening', () => process.send(server.address()))
  server.on('error', ({ code }) => process.send(code))
}
