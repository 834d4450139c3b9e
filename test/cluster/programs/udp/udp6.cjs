// Datagrams by IPv6, and by IPv4 to the same socket unless it refuses them.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', ({ port, from }) => {
    if (port === undefined) return trace('from', from) ?? worker.disconnect()
    const client = dgram.createSocket('udp6')
    client.send('six', port, '::1', () => client.close())
  })
  cluster.on('listening', (_, info) => trace('listening', info))
} else {
  const first = dgram.createSocket({ type: 'udp6', ipv6Only: true })
  first.bind(0, '::', () => {
    const { port, address, family } = first.address()
    trace('address', address, family)
    const other = dgram.createSocket('udp4').bind(port, '0.0.0.0', () => {
      trace('same port', other.address().port === port)
      process.send({ port })
    })
    other.on('error', (error) => trace('error', error))
  })
  first.on('message', (message, { address }) => process.send({ from: [String(message), address] }))
}
