// A server that closes and listens again on port 0.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => trace('listening', typeof port))
  worker.on('exit', (code) => trace('exit', code))
} else {
  let left = 3
  const server = net
    .createServer((socket) => socket.end())
    .on('listening', () => {
      net
        .connect(server.address().port, '127.0.0.1')
        .resume()
        .on('close', () => {
          trace('served', server.address().address)
          server.close(() => (--left > 0 ? server.listen(0, '127.0.0.1') : process.disconnect()))
        })
    })
  server.listen(0, '127.0.0.1')
}
