// The keys of tickets are the same in all workers that share a server.
const cluster = require(process.env.CLUSTER)
const tls = require('node:tls')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const keys = []
  cluster.on('message', (_, key) => {
    if (keys.push(key) === 1) return cluster.fork()
    trace('same', keys[0] === keys[1], keys[0].length)
    cluster.disconnect()
  })
  cluster.fork()
} else {
  const server = tls.createServer({}).listen(0, '127.0.0.1', () => {
    process.send(server.getTicketKeys().toString('hex'))
  })
}
