// Errors of `listen` with SCHED_NONE.
const { writeFileSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  writeFileSync('file.sock', '')
  const own = net.createServer().listen(0, '127.0.0.1', () => {
    const worker = cluster.fork({ PORT: own.address().port })
    worker.on('exit', (code) => trace('exit', code) ?? own.close())
  })
} else {
  const listen = (...values) =>
    new Promise((done) => {
      const server = net.createServer().listen(...values)
      server.on('error', (error) => trace('error', error) ?? done())
      server.on('listening', () => trace('listening', server.address()) ?? done())
    })
  listen(process.env.PORT, '127.0.0.1')
    .then(() => listen('file.sock'))
    .then(() => listen(0, '192.0.2.1'))
    .then(() => listen('missing/some.sock'))
    .then(() => listen({ fd: 9876 }))
    .then(() => listen('some.sock'))
    .then(() => process.disconnect())
}
