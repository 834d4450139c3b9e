// Async context: a listen callback has that of its call.
const { AsyncLocalStorage } = require('node:async_hooks')
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const net = require('node:net')
const trace = require('../../trace.cjs')

const storage = new AsyncLocalStorage()
if (cluster.isPrimary) {
  const worker = storage.run('fork', () => cluster.fork())
  cluster.on('fork', () => trace('fork', storage.getStore()))
  storage.run('set up', () => cluster.setupPrimary())
  cluster.on('setup', () => trace('setup', storage.getStore()))
  worker.on('message', () => worker.kill())
} else {
  storage.run('listen', () => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      trace('callback', storage.getStore())
      server.close(() => trace('closed', storage.getStore()))
      const socket = dgram.createSocket('udp4')
      storage.run('bind', () =>
        socket.bind(0, '127.0.0.1', () => trace('bound', storage.getStore()) ?? process.send('done')),
      )
    })
  })
}
