// A relative path is relative to where the worker is.
const { existsSync, mkdirSync } = require('node:fs')
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  mkdirSync('inner')
  cluster.setupPrimary({ cwd: resolve('inner') })
  const worker = cluster.fork()
  cluster.on('listening', (_, info) => {
    trace('listening', info, existsSync('inner/some.sock'), existsSync('some.sock'))
    net
      .connect('inner/some.sock')
      .resume()
      .on('close', () => worker.disconnect())
  })
} else {
  const server = net
    .createServer((socket) => socket.end())
    .listen('some.sock', () => trace('address', server.address()))
}
