// A second worker cannot have the port that is exclusively the first's.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    cluster.fork({ PORT: port })
    cluster.on('message', ({ id }, message) => {
      trace('message', id, message)
      if (id === 1) cluster.fork({ PORT: port })
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
  })
} else {
  const server = net.createServer()
  server.on('error', (error) => trace('error', error) ?? process.send('error'))
  server.listen({ port: process.env.PORT, host: '127.0.0.1', exclusive: true }, () =>
    process.send('listening'),
  )
}
