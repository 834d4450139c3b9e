// What the primary is told about each kind of socket.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('listening', (worker, info) => {
    trace('listening', info, Object.keys(info))
    worker.send('next')
  })
} else {
  const steps = [
    () => net.createServer().listen(0),
    () => net.createServer().listen(0, '127.0.0.1'),
    () => net.createServer().listen(0, '0.0.0.0'),
    () => net.createServer().listen({ port: 0, host: '::1' }),
    () => net.createServer().listen({ port: 0, host: 'localhost' }),
    () => net.createServer().listen({ port: 0, ipv6Only: true, host: '::' }),
    () => net.createServer().listen('some.sock'),
    () => dgram.createSocket('udp4').bind(0),
    () => dgram.createSocket('udp4').bind(0, '127.0.0.1'),
    () => dgram.createSocket('udp6').bind({ port: 0, address: '::1' }),
    () => process.exit(),
  ]
  const next = () => steps.shift()()
  process.on('message', next)
  next()
}
