// The file of a socket goes when the last worker has closed it.
const { existsSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', ({ id }) => {
    if (id === 1) cluster.fork()
    else cluster.workers[1].send('close')
  })
  cluster.on('message', ({ id }) => {
    trace('closed', id, existsSync('some.sock'))
    if (id === 1) cluster.workers[2].send('close')
    else cluster.disconnect()
  })
  cluster.fork()
} else {
  const server = net.createServer().listen('some.sock')
  process.on('message', () => server.close(() => process.send('closed')))
}
