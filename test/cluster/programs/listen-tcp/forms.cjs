// All forms of arguments that `listen` takes for a TCP port.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', (_worker, { address, addressType }) => trace('listening', address, addressType))
  cluster.fork()
} else {
  const none = () => {}
  const forms = [
    [],
    [0],
    ['0'],
    [null],
    [undefined],
    [none],
    [0, none],
    [0, '127.0.0.1'],
    [0, '127.0.0.1', none],
    [0, 'localhost', 5],
    [0, 5],
    [0, 5, none],
    [0, '127.0.0.1', 5, none],
    [{ port: 0 }],
    [{ port: '0' }, none],
    [{ port: 0, host: '127.0.0.1' }],
    [{ port: 0, host: '127.0.0.1', backlog: 3 }, none],
    [{ port: undefined }],
    [{ host: '127.0.0.1', port: 0, exclusive: false }],
  ]
  const next = () => {
    const form = forms.shift()
    if (form === undefined) return process.disconnect()
    const server = net.createServer()
    server.on('listening', () => {
      trace('form', form, server.address().address, server.address().family)
      server.close(next)
    })
    trace('returns', server.listen(...form) === server)
  }
  next()
}
