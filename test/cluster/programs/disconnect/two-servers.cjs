// All servers of a worker are closed, of each kind.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const http = require('node:http')
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (worker) => ++listening === 4 && worker.disconnect())
  cluster.on('exit', (_, ...values) => trace('exit', ...values))
  cluster.fork()
} else {
  const closed = []
  const tcp = net.createServer().listen(0)
  const path = net.createServer().listen('some.sock')
  const web = http.createServer().listen(0)
  const udp = dgram.createSocket('udp4').bind(0)
  for (const [name, socket] of Object.entries({ tcp, path, web, udp }))
    socket.on('close', () => closed.push(name))
  process.on('exit', () => trace('closed', closed.sort()))
}
