// A primary and a worker that send each other connections at the same time.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

const COUNT = 8
if (cluster.isPrimary) {
  const worker = cluster.fork()
  let [ended, back] = [0, 0]
  const server = net.createServer({ pauseOnConnect: true }, (socket) => worker.send('there', socket))
  worker.on('message', (message, socket) => {
    if (message === 'back') back++
    socket.end('by the primary')
  })
  server.listen(0, '127.0.0.1', () => {
    for (let i = 0; i < COUNT; i++) {
      const client = net.connect(server.address().port, '127.0.0.1').resume()
      client.on('end', () => {
        if (++ended < COUNT) return
        trace('all', ended, back)
        server.close()
        worker.disconnect()
      })
    }
  })
} else {
  process.on('message', (message, socket) => {
    trace('message', message, socket instanceof net.Socket)
    process.send('back', socket)
  })
}
