// A worker that has disconnected and then wants to listen gets no answer, and ends.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  cluster.worker.disconnect()
  process.on('disconnect', () => {
    const server = net.createServer()
    trace.events(server, 'server', ['listening', 'error', 'close'])
    trace('returns', server.listen(0) === server, server.listening)
  })
}
