// A server that is disposed of.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const server = net.createServer().listen(0, async () => {
    await server[Symbol.asyncDispose]()
    trace('disposed', server.listening)
    await server[Symbol.asyncDispose]()
    trace('again')
    process.disconnect()
  })
  server.on('close', () => trace('close'))
}
