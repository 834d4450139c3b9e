// A server of HTTP that a worker makes of one that the primary sent.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const own = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = own.address()
    worker.send('server', own, () => own.close())
    worker.on('message', () => {
      http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
        response.on('data', (data) => trace('data', String(data))).on('end', () => worker.kill())
      })
    })
  })
} else {
  process.on('message', (_, sent) => {
    http
      .createServer((_, response) => response.end('by the worker'))
      .listen(sent, () => process.send('listening'))
  })
}
