// Two sockets of one worker on one port, with `reuseAddr`.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  freePort().then((port) => cluster.fork({ PORT: port }))
} else {
  const port = Number(process.env.PORT)
  const make = () => dgram.createSocket({ type: 'udp4', reuseAddr: true })
  make().bind(port, '127.0.0.1', () => {
    const second = make()
    second.on('error', (error) => trace('error', error) ?? process.disconnect())
    second.bind(port, '127.0.0.1', () => trace('listening', second.address()) ?? process.disconnect())
  })
}
