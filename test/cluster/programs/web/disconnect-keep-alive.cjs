// `disconnect` closes connections of HTTP that are idle, so that the worker ends.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const agent = new http.Agent({ keepAlive: true })
  cluster.fork()
  cluster.on('listening', (worker, { port }) => {
    http.get({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume().on('end', () => {
        worker.disconnect()
        worker.on('exit', (code, signal) => trace('exit', code, signal))
      })
    })
  })
} else {
  const server = http.createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  server.on('close', () => trace('close'))
}
