// Bytes that a client sends at once are all there, and so is its end.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1', () => {
      client.write('first ')
      client.end('last')
    })
    client.on('data', (data) => trace('data', String(data))).on('close', () => worker.disconnect())
  })
} else {
  net
    .createServer((socket) => {
      let text = ''
      setTimeout(() => socket.on('data', (data) => (text += data)), 100)
      socket.on('end', () => socket.end(`got '${text}'`))
    })
    .listen(0, '127.0.0.1')
}
