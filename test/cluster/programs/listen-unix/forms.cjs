// All forms of arguments that `listen` takes for a path.
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.on('listening', (_, info) => trace('listening', info))
  cluster.fork()
} else {
  const none = () => {}
  const forms = [
    ['a.sock'],
    ['./b.sock', none],
    ['c.sock', 5],
    ['d.sock', 5, none],
    [{ path: 'e.sock' }],
    [{ path: resolve('f.sock') }, none],
    [{ path: 'g.sock', backlog: 5 }],
    [{ path: 'h.sock', port: undefined }],
    [{ path: 'i.sock', exclusive: true }],
  ]
  const next = () => {
    const form = forms.shift()
    if (form === undefined) return process.disconnect()
    const server = net.createServer().listen(...form)
    server.on('listening', () => {
      trace('form', form, server.address())
      server.close(next)
    })
  }
  next()
}
