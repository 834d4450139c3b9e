// Options of the server that concern its connections.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', async (ports) => {
    for (const port of ports) {
      await new Promise((done) => {
        const client = net.connect(port, '127.0.0.1')
        client.end('from the client')
        client.on('data', (data) => trace('data', String(data))).on('close', done)
      })
    }
    worker.disconnect()
  })
} else {
  let listening = 0
  const ready = () => {
    if (++listening === servers.length) process.send(servers.map((server) => server.address().port))
  }
  const make = (options, serve) => net.createServer(options, serve).listen(0, '127.0.0.1', ready)
  const servers = [
    make({ allowHalfOpen: true }, (socket) => {
      socket.resume().on('end', () => trace('half open', socket.writable) ?? socket.end('after the end'))
    }),
    make({ pauseOnConnect: true }, (socket) => {
      trace('paused', socket.isPaused(), socket.readableFlowing)
      socket.on('data', (data) => trace('data', String(data)) ?? socket.end())
      setTimeout(() => socket.resume(), 50)
    }),
    make({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000, highWaterMark: 1024 }, (socket) => {
      trace('high-water mark', socket.readableHighWaterMark, socket.writableHighWaterMark)
      socket.resume().end('served')
    }),
  ]
}
