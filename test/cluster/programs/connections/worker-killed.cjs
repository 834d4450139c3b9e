// When a worker is killed, its client is told by the system.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = net.connect(port, '127.0.0.1')
    client.once('data', () => worker.kill('SIGKILL'))
    client.on('end', () => trace('end')).on('error', ({ code }) => trace('error', code))
    client.on('close', (failed) => trace('close', failed))
  })
} else {
  net.createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1')
}
