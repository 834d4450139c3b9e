// All addresses by no host and by `::` are two sockets, of which only one can be.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    const hosts = [undefined, '::', '0.0.0.0', '127.0.0.1', undefined]
    const fork = () => {
      const host = hosts.shift()
      cluster.fork(host === undefined ? { PORT: port } : { PORT: port, HOST: host })
    }
    cluster.on('message', (worker, message) => {
      trace('message', worker.id, message)
      if (hosts.length > 0) fork()
      else for (const worker of Object.values(cluster.workers)) worker.kill()
    })
    fork()
  })
} else {
  const server = net.createServer().listen(process.env.PORT, process.env.HOST)
  server.on('listening', () => process.send(server.address().address))
  server.on('error', ({ code }) => process.send(code))
}
