// A path that is too long for a socket, but short from where the primary is.
const { mkdirSync } = require('node:fs')
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const directory = resolve('d'.repeat(60), 'e'.repeat(60))
  mkdirSync(directory, { recursive: true })
  process.chdir(directory)
  const worker = cluster.fork({ SOCKET: resolve('some.sock') })
  trace.events(cluster, 'cluster', ['listening', 'exit'])
  worker.on('listening', () => {
    net
      .connect('some.sock')
      .on('data', (data) => trace('data', String(data)))
      .on('close', () => worker.disconnect())
  })
} else {
  const server = net.createServer((socket) => socket.end('served')).listen(process.env.SOCKET)
  server.on('error', (error) => trace('error', error) ?? process.disconnect())
}
