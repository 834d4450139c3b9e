// Ports that were not chosen are shared by address: another address, another port.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('message', ({ id }, ports) => {
    trace('ports', id, ports.map(trace.port))
    if (id < 2) cluster.fork()
    else cluster.disconnect()
  })
  cluster.fork()
} else {
  let listening = 0
  const ready = () => {
    if (++listening === servers.length) process.send(servers.map((server) => server.address().port))
  }
  const hosts = ['127.0.0.1', '127.0.0.2', '::1', undefined]
  const servers = hosts.map((host) => net.createServer().listen(0, host, ready))
}
