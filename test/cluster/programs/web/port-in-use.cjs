// Two servers of HTTP on one port of a worker.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const first = http.createServer().listen(0, () => {
    const second = http.createServer().listen(first.address().port)
    second.on('error', (error) => trace('error', error) ?? process.exit(3))
  })
}
