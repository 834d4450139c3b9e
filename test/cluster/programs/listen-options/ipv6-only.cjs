// With `ipv6Only` the port is free for IPv4.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  freePort().then((port) => {
    const worker = cluster.fork({ PORT: port })
    worker.on('message', async () => {
      for (const host of ['127.0.0.1', '::1']) {
        await new Promise((done) => {
          net
            .connect(port, host)
            .on('data', (data) => trace('data', host, String(data)))
            .on('close', done)
        })
      }
      worker.disconnect()
    })
  })
} else {
  const port = process.env.PORT
  const six = net
    .createServer((socket) => socket.end('by IPv6'))
    .listen({ port, host: '::', ipv6Only: true }, () => {
      trace('six', six.address())
      const four = net
        .createServer((socket) => socket.end('by IPv4'))
        .listen({ port, host: '0.0.0.0' }, () => {
          trace('four', four.address())
          process.send('ready')
        })
      four.on('error', (error) => trace('error', error) ?? process.send('ready'))
    })
}
