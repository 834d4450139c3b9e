// A path that another server has: one of the primary, and one of the same worker.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const server = net.createServer().listen('primary.sock', () => {
    cluster.fork().on('exit', (code) => trace('exit', code) ?? server.close())
  })
} else {
  net
    .createServer()
    .on('error', (error) => {
      trace('of the primary', error)
      net.createServer().listen('own.sock', () => {
        net
          .createServer()
          .on('error', (error) => trace('own', error) ?? process.disconnect())
          .listen('own.sock')
      })
    })
    .listen('primary.sock')
}
