// A primary has servers of its own, on ports of their own.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

const ask = (port) =>
  new Promise((done) => net.connect(port, '127.0.0.1').on('data', (data) => done(String(data))))
if (cluster.isPrimary) {
  const own = net.createServer((socket) => socket.end('by the primary')).listen(0, '127.0.0.1')
  cluster.fork()
  cluster.on('listening', async (worker, { port }) => {
    trace('different', port !== own.address().port)
    trace('own', await ask(own.address().port))
    trace('of the worker', await ask(port))
    own.close()
    worker.disconnect()
  })
} else {
  net.createServer((socket) => socket.end('by the worker')).listen(0, '127.0.0.1')
}
