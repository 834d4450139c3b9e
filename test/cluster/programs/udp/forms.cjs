// All forms of arguments that `bind` takes.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', (_, { address, addressType, fd }) => trace('listening', address, addressType, fd))
  cluster.fork()
} else {
  const none = () => {}
  const forms = [
    [],
    [0],
    [none],
    [0, none],
    [0, '127.0.0.1'],
    [0, '127.0.0.1', none],
    [{}],
    [{ port: 0 }],
    [{ port: 0, address: '127.0.0.1' }, none],
    [{ port: 0, exclusive: false }],
    [{ port: 0, exclusive: true }],
  ]
  const next = () => {
    const form = forms.shift()
    if (form === undefined) return process.disconnect()
    const socket = dgram.createSocket('udp4')
    socket.on('listening', () => {
      trace('form', form, socket.address().address, socket.address().family)
      socket.close(next)
    })
    trace('returns', socket.bind(...form) === socket)
  }
  next()
}
