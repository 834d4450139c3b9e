// The second server on port 0 of a worker has another port, which it shares with the second of other workers.
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
  const servers = [1, 2, 3].map(() => net.createServer().listen(0, '127.0.0.1', ready))
}
