// A socket that the primary has inherited, by the number of its descriptor.
const { spawn } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (!process.env.PORT) {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const env = { ...process.env, PORT: server.address().port }
    spawn(process.execPath, [__filename], { env, stdio: ['inherit', 'inherit', 'inherit', server._handle] })
    server.close()
  })
} else if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('listening', (worker, { address, port, addressType, fd }) => {
    trace('listening', worker.id, address, port === Number(process.env.PORT), addressType, fd)
    if (worker.id === 1) return cluster.fork()
    net
      .connect(process.env.PORT, '127.0.0.1')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => {
        cluster.disconnect()
      })
  })
} else {
  const server = net.createServer((socket) => socket.end('served'))
  server.on('error', (error) => trace('error', error))
  server.listen({ fd: 3 }, () => trace('address', server.address().port === Number(process.env.PORT)))
}
