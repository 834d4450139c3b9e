// HTTP by a path.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, info) => {
    trace('listening', info)
    http.get({ socketPath: 'web.sock', path: '/path', agent: false }, (response) => {
      response.on('data', (data) => trace('data', String(data))).on('end', () => worker.disconnect())
    })
  })
} else {
  http.createServer(({ url }, response) => response.end(`served ${url}`)).listen('web.sock')
}
