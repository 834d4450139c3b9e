// Sticky by hand: the primary accepts, and gives each connection to a worker's server by `emit`.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  const server = net.createServer({ pauseOnConnect: true }, (socket) => worker.send('connection', socket))
  server.listen(0, '127.0.0.1', () => {
    http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, (response) => {
      response.on('data', (data) => trace('data', String(data)))
      response.on('end', () => worker.disconnect() && server.close())
    })
  })
} else {
  const server = http.createServer((request, response) =>
    response.end(`${request.method} by ${cluster.worker.id}`),
  )
  process.on('message', (message, socket) => {
    server.emit(message, socket)
    socket.resume()
  })
}
