// A connection that the worker resets, and one that it destroys.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const connect = (text, done) => {
      const client = net.connect(port, '127.0.0.1', () => client.write(text))
      trace.events(client, text, ['end', 'error', 'close'])
      client.on('close', done).resume()
    }
    connect('reset', () => connect('destroy', () => worker.disconnect()))
  })
} else {
  net
    .createServer((socket) => {
      socket.on('close', (failed) => trace('closed', failed))
      socket.on('data', (data) => (String(data) === 'reset' ? socket.resetAndDestroy() : socket.destroy()))
    })
    .listen(0, '127.0.0.1')
}
