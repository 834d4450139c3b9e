// Without a host a server is reached by IPv4 and IPv6, with one by that alone.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', async (ports) => {
    for (const [host, port] of Object.entries(ports)) {
      for (const to of ['127.0.0.1', '::1']) {
        await new Promise((done) => {
          const client = net.connect(port, to, () => trace(host, to, 'connected') ?? client.end())
          client
            .on('error', ({ code }) => trace(host, to, code))
            .on('close', done)
            .resume()
        })
      }
    }
    worker.disconnect()
  })
} else {
  const ports = {}
  const listen = (host, done) => {
    const server = net
      .createServer((socket) => socket.end())
      .listen(0, host, () => {
        trace(host, server.address())
        ports[host] = server.address().port
        done()
      })
  }
  listen(undefined, () =>
    listen('0.0.0.0', () => listen('::', () => listen('127.0.0.1', () => process.send(ports)))),
  )
}
