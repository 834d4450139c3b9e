// Membership in a multicast group, by a socket that workers share.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', (message) => trace('message', String(message)) ?? process.disconnect())
  socket.bind(0, () => {
    trace.call('join', () => socket.addMembership('239.255.0.1', '127.0.0.1'))
    trace.call('interface', () => socket.setMulticastInterface('127.0.0.1'))
    trace.call('wrong', () => socket.addMembership('127.0.0.1'))
    socket.send(
      'to the group',
      socket.address().port,
      '239.255.0.1',
      (error) => error && process.disconnect(),
    )
  })
}
