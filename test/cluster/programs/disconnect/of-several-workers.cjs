// `cluster.disconnect` with several workers.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const ended = []
  let listening = 0
  cluster.on('exit', ({ id, exitedAfterDisconnect }, code, signal) =>
    ended.push([id, exitedAfterDisconnect, code, signal]),
  )
  cluster.on('listening', () => {
    if (++listening === 3) cluster.disconnect(() => trace('callback', Object.keys(cluster.workers)))
  })
  for (let i = 0; i < 3; i++) cluster.fork()
  process.on('exit', () => trace('ended', ended.sort()))
} else {
  const server = net.createServer().listen(0)
  server.on('close', () => trace('close'))
  process.on('exit', (code) => trace('exit', code))
}
