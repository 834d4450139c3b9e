// A connection that is upgraded belongs to the worker.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'echo' }
    const request = http.get({ port, host: '127.0.0.1', headers, agent: false })
    request.on('upgrade', (response, socket) => {
      trace('upgraded', response.statusCode, response.headers.upgrade)
      socket.write('hello')
      socket.on('data', (data) => trace('data', String(data)) ?? socket.end())
      socket.on('close', () => worker.disconnect())
    })
  })
} else {
  const server = http.createServer().listen(0, '127.0.0.1')
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.on('data', (data) => socket.write(data)).on('end', () => socket.end())
  })
}
