// `address` and `listening` of a server over its life.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
} else {
  const server = net.createServer()
  const tell = (when) => trace(when, server.listening, server.address())
  tell('made')
  server.listen(0, '127.0.0.1', () => {
    tell('callback')
    server.close(() => tell('closed'))
    tell('closing')
    process.disconnect()
  })
  tell('listen called')
  process.nextTick(() => tell('next tick'))
}
