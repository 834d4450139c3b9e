// Requests by HTTP, one connection each, to two workers.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const get = (port, path) =>
    new Promise((done) => {
      http.get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
        response
          .setEncoding('utf8')
          .on('data', (text) => trace('response', response.statusCode, text))
          .on('end', done)
      })
    })
  cluster.on('listening', async ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    for (const path of ['/a', '/b', '/c']) await get(port, path)
    cluster.disconnect()
  })
  cluster.on('exit', (_, code) => trace('exit', code))
  cluster.fork()
} else {
  const server = http.createServer((request, response) => {
    response.writeHead(201)
    response.end(`${request.method} ${request.url}`)
  })
  server.listen(0, '127.0.0.1')
}
