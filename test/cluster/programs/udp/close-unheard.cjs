// A socket that is closed with none of its listeners left: its port is free.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
  cluster.on('message', (worker, port) => {
    const own = dgram.createSocket('udp4')
    own.on('error', (error) => trace('error', error) ?? worker.disconnect())
    own.bind(port, '127.0.0.1', () => trace('bound') ?? own.close(() => worker.disconnect()))
  })
} else {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    const { port } = socket.address()
    socket.removeAllListeners()
    socket.close()
    setImmediate(() => process.send(port))
  })
}
