// Datagrams reach the worker, and its answers the client.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = dgram.createSocket('udp4')
    let left = 3
    client.on('message', (message, { address, port: from, size }) => {
      trace('answer', String(message), address, from === port, size)
      if (--left > 0) return client.send(`question ${left}`, port, '127.0.0.1')
      client.close()
      worker.disconnect()
    })
    client.send('question 3', port, '127.0.0.1')
  })
} else {
  const socket = dgram.createSocket('udp4', (message, { address, port, family, size }) => {
    trace('question', String(message), address, family, size)
    socket.send(`answer to ${message}`, port, address)
  })
  socket.bind(0, '127.0.0.1')
}
