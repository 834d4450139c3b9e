// A socket of one family and an address of the other.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) cluster.fork().on('exit', (code) => trace('exit', code))
else {
  const bind = (type, address, next) => {
    const socket = dgram.createSocket(type)
    socket.on('error', (error) => trace(`${type} error`, error) ?? next())
    socket.bind(0, address, () => trace(`${type} bound`, address) ?? socket.close(next))
  }
  bind('udp4', '::1', () => bind('udp6', '127.0.0.1', () => process.disconnect()))
}
