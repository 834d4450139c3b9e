// Who may connect to a socket, by `readableAll` and `writableAll`.
const { statSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  process.umask(0o077)
  cluster.fork()
} else {
  const ways = [{}, { readableAll: true }, { writableAll: true }, { readableAll: true, writableAll: true }]
  const next = () => {
    const way = ways.shift()
    if (way === undefined) return process.disconnect()
    const path = `${ways.length}.sock`
    const server = net.createServer().listen({ path, ...way }, () => {
      trace('mode', way, (statSync(path).mode & 0o777).toString(8))
      server.close(next)
    })
  }
  next()
}
