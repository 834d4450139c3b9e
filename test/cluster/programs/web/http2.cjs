// HTTP/2 without TLS.
const cluster = require(process.env.CLUSTER)
const http2 = require('node:http2')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { port }) => {
    const client = http2.connect(`http://127.0.0.1:${port}`)
    const request = client.request({ ':path': '/two' })
    request.on('response', (headers) => trace('status', headers[':status']))
    request.setEncoding('utf8').on('data', (text) => trace('data', text))
    request.on('end', () => client.close(() => worker.disconnect()))
  })
} else {
  http2.createServer((request, response) => response.end(`served ${request.url}`)).listen(0, '127.0.0.1')
}
