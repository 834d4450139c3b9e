// The file of a socket goes with the last worker that is killed.
const { existsSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('listening', () => trace('file', existsSync('some.sock')) ?? worker.kill('SIGKILL'))
  worker.on('exit', () => trace('file', existsSync('some.sock')))
} else {
  net.createServer().listen('some.sock')
}
