// Options of a bound socket, which it shares with others.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 20_000, sendBufferSize: 20_000 })
  trace.call('too early', () => socket.setBroadcast(true))
  socket.bind(0, () => {
    trace('sizes', socket.getRecvBufferSize() >= 20_000, socket.getSendBufferSize() >= 20_000)
    trace.call('broadcast', () => socket.setBroadcast(true))
    trace.call('ttl', () => socket.setTTL(5))
    trace.call('multicast ttl', () => socket.setMulticastTTL(5))
    trace.call('loopback', () => socket.setMulticastLoopback(true))
    trace(
      'ref',
      socket.unref() === socket,
      socket.ref() === socket,
      socket.getSendQueueSize?.(),
      socket.getSendQueueCount?.(),
    )
    process.disconnect()
  })
}
