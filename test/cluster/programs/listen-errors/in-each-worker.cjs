// Every worker is told that a port is taken.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const server = net.createServer().listen(0, () => {
    const env = { PORT: server.address().port }
    cluster.fork(env)
    cluster.fork(env)
  })
  const codes = []
  cluster.on('exit', ({ id }, code) => {
    codes.push([id, code])
    if (codes.length === 2) server.close(() => trace('exits', codes.sort()))
  })
} else {
  const server = net.createServer().listen(process.env.PORT)
  server.on('error', (error) => {
    trace('error', error)
    process.exit(10 + cluster.worker.id)
  })
}
