// A request that is being served when the worker is disconnected is served to its end.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('listening', (worker, { port }) => {
    worker.on('message', () => worker.disconnect())
    worker.on('exit', (code) => trace('exit', code))
    http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = ''
      response
        .on('data', (data) => (text += data))
        .on('end', () => trace('response', response.statusCode, text))
    })
  })
} else {
  const server = http.createServer((_, response) => {
    response.write('begun, ')
    server.on('close', () => trace('close'))
    process.send('serving')
    setTimeout(() => response.end('done'), 200)
  })
  server.listen(0, '127.0.0.1')
}
