// A port as a number and as a text, a host by name and by number: shared all the same.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    cluster.on('message', (worker, message) => {
      trace('message', worker.id, message)
      if (worker.id < 4) cluster.fork({ PORT: port })
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
    cluster.fork({ PORT: port })
  })
} else {
  const port = process.env.PORT
  const forms = [
    [Number(port), '127.0.0.1'],
    [port, 'localhost'],
    [{ port, host: '127.0.0.1', backlog: 7 }],
    [`0x${Number(port).toString(16)}`, '127.0.0.1'],
  ]
  const server = net.createServer().listen(...forms[cluster.worker.id - 1])
  server.on('listening', () => process.send(server.address().address))
  server.on('error', ({ code }) => process.send(code))
}
