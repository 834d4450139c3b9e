// TCP and UDP have ports of their own; two kinds of servers on TCP share one.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const http = require('node:http')
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    cluster.on('message', ({ id }, message) => {
      trace('message', id, message)
      if (id < 3) cluster.fork({ PORT: port })
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
    cluster.fork({ PORT: port })
  })
} else {
  const port = Number(process.env.PORT)
  const make = [
    () => net.createServer().listen(port, '127.0.0.1'),
    () => dgram.createSocket('udp4').bind(port, '127.0.0.1'),
    () => http.createServer().listen(port, '127.0.0.1'),
  ][cluster.worker.id - 1]
  make()
    .on('listening', () => process.send('listening'))
    .on('error', ({ code }) => process.send(code))
}
