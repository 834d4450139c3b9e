// Ends with: SIGKILL
// A worker whose primary is gone does not wait for its connections.
const { spawn } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (process.env.PORT) {
  trace.as('client')
  const client = net.connect(process.env.PORT, '127.0.0.1')
  client.on('data', (data) => trace('data', String(data)))
  client.on('error', ({ code }) => trace('error', code))
  client.on('close', () => trace('close'))
} else if (cluster.isPrimary) {
  cluster.fork()
  cluster.on('listening', (_, { port }) => {
    spawn(process.execPath, [__filename], { env: { ...process.env, PORT: port }, stdio: 'inherit' })
  })
  cluster.on('message', () => process.kill(process.pid, 'SIGKILL'))
} else {
  net.createServer((socket) => socket.write('hello', () => process.send('connected'))).listen(0, '127.0.0.1')
  process.on('exit', (code) => trace('exit', code))
}
