// One port on several addresses: each is a server of its own.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

const hosts = ['127.0.0.1', '127.0.0.2', '::1']
if (cluster.isPrimary) {
  freePort().then((port) => {
    const worker = cluster.fork({ PORT: port })
    cluster.on('listening', (_, { address, addressType }) => trace('listening', address, addressType))
    worker.on('message', async () => {
      for (const host of hosts) {
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
  let listening = 0
  for (const host of hosts) {
    net
      .createServer((socket) => socket.end(`by ${host}`))
      .listen(process.env.PORT, host, () => {
        if (++listening === hosts.length) process.send('all')
      })
  }
}
