// Two sockets of one worker on one port.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  freePort().then((port) => cluster.fork({ PORT: port }))
} else {
  const port = Number(process.env.PORT)
  dgram.createSocket('udp4').bind(port, '127.0.0.1', () => {
    const second = dgram.createSocket('udp4')
    second.on('error', (error) => trace('error', error) ?? process.exit(1))
    second.bind(port, '127.0.0.1', () => trace('listening') ?? process.exit(2))
  })
}
