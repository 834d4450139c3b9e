// A connection that is sent, and kept as well.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    worker.send('shared', socket, { keepOpen: true })
    worker.on('message', () => socket.end(', then the primary'))
    server.close()
  })
  server.listen(0, '127.0.0.1', () => {
    let text = ''
    const client = net.connect(server.address().port, '127.0.0.1')
    client.on('data', (data) => (text += data))
    client.on('end', () => {
      trace('text', text)
      worker.disconnect()
    })
  })
} else {
  process.on('message', (_message, socket) => socket.write('the worker', () => process.send('written')))
}
