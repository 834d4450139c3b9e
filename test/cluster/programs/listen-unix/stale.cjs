// A socket whose owner was killed and could not remove it.
const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (process.env.OWNER) {
  net.createServer().listen('some.sock', () => process.kill(process.pid, 'SIGKILL'))
} else if (cluster.isPrimary) {
  spawn(process.execPath, [__filename], { env: { ...process.env, OWNER: 'yes' } }).on('exit', () => {
    trace('file', existsSync('some.sock'))
    cluster.fork()
  })
} else {
  const server = net.createServer().listen('some.sock')
  server.on('listening', () => trace('listening') ?? process.disconnect())
  server.on('error', ({ code }) => trace('error', code) ?? process.disconnect())
}
