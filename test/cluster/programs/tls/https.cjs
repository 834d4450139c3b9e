// HTTPS.
const cluster = require(process.env.CLUSTER)
const https = require('node:https')
const certificate = require('../../certificate.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  certificate().then((env) => cluster.fork(env))
  cluster.on('listening', (worker, { port }) => {
    https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, (response) => {
      response.on('data', (data) => trace('data', String(data))).on('end', () => worker.disconnect())
    })
  })
  cluster.on('exit', (_, code) => trace('exit', code))
} else {
  const { KEY: key, CERT: cert } = process.env
  https
    .createServer({ key, cert }, ({ url }, response) => response.end(`served ${url}`))
    .listen(0, '127.0.0.1')
}
