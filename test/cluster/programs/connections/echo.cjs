// A lot of data both ways.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1')
    const sent = Buffer.alloc(2_000_000, 'abcdefghij')
    const parts = []
    client.end(sent)
    client.on('data', (data) => parts.push(data))
    client.on('end', () => trace('same', Buffer.concat(parts).equals(sent)))
    client.on('close', (failed) => trace('close', failed) ?? worker.disconnect())
  })
} else {
  net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
}
