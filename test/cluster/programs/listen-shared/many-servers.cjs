// A dozen servers and a dozen workers: nobody warns of too many listeners.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

const COUNT = 12
if (cluster.isPrimary) {
  const ports = new Set()
  let listening = 0
  cluster.on('listening', ({ id }, { port }) => {
    ports.add(port)
    if (++listening < 2 * COUNT) return listening === COUNT ? cluster.fork() : undefined
    trace('ports', ports.size, id)
    cluster.disconnect(() => trace('disconnected'))
  })
  cluster.fork()
} else {
  let closed = 0
  for (let i = 0; i < COUNT; i++)
    net
      .createServer()
      .on('close', () => closed++)
      .listen(0, '127.0.0.1')
  process.on('exit', () => trace('closed', closed))
}
