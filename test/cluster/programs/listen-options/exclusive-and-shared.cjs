// A port that is exclusively one worker's, and then asked for by another to be shared.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    cluster.fork({ PORT: port, EXCLUSIVE: 'yes' })
    cluster.on('message', ({ id }, message) => {
      trace('message', id, message)
      if (id === 1) cluster.fork({ PORT: port })
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
  })
} else {
  const server = net.createServer()
  server.on('error', (error) => trace('error', error) ?? process.send('error'))
  const exclusive = Boolean(process.env.EXCLUSIVE)
  server.listen({ port: process.env.PORT, host: '127.0.0.1', exclusive }, () => process.send('listening'))
}
