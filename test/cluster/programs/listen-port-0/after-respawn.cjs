// As long as one worker has the port, one that comes later has it too.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', ({ id }, { port }) => {
    trace('listening', id, trace.port(port))
    if (id === 1) cluster.fork()
    if (id === 2) cluster.workers[1].kill('SIGKILL')
    if (id === 3) cluster.disconnect()
  })
  cluster.on('exit', ({ id }) => id === 1 && cluster.fork())
  cluster.fork()
} else {
  net.createServer().listen(0, '127.0.0.1')
}
