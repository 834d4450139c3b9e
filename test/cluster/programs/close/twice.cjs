// Closing twice, and closing what never listened.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  const server = net.createServer().listen(0, () => {
    server.close((...values) => trace('first', ...values))
    server.close((...values) => trace('second', ...values))
    trace('returns', server.close() === server)
    const never = net.createServer()
    never.on('close', () => trace('never closed'))
    never.close((...values) => trace('never listened', ...values))
    setImmediate(() => process.disconnect())
  })
  server.on('close', () => trace('close'))
}
